import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { ExecutionOutcome, ExecutionResult, PendingTask } from "../../lib/domain/execution.ts";
import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { RecordSink } from "../../lib/steps/record-sink.ts";
import { settlePass, type SettlePassInput } from "../../lib/steps/settle-pass.ts";
import { attempt } from "../domain/report-builders.ts";
import { assignment, at, createWorld, planned, putResults, result, RUN } from "./builders.ts";

const input: SettlePassInput = {
  run_id: RUN,
  wave: 1,
  pass: 1,
  assigned: 1_000,
  manifest_keys: [],
  max_passes: 2,
  last: false,
};

/** A pass that was given these tasks and came to these results, a list for each result file. */
const dispatchedIn =
  (pass: number) =>
  (
    assignments: readonly (string | ReturnType<typeof assignment>)[],
    ...files: readonly (readonly (ExecutionResult | readonly ExecutionResult[])[])[]
  ) => {
    const world = createWorld();
    world.objects.putLines(
      at.assignments(1, pass),
      assignments.map((given) => (typeof given === "string" ? assignment(given) : given)),
    );
    const settle = async (changes: Partial<SettlePassInput> = {}) => {
      const records: TaskRecord[] = [];
      const sink: RecordSink = { add: (record) => void records.push(record) };
      await settlePass({ ...input, pass, manifest_keys: [putResults(world, pass, ...files)], ...changes }, sink, world);
      return {
        records,
        pending: world.objects.lines<PendingTask>(at.pending(1, pass + 1)),
      };
    };
    return { world, settle };
  };

const dispatched = dispatchedIn(1);

const failedResult = (id: string, outcome: ExecutionOutcome): ExecutionResult =>
  result(id, { outcome, error: "no", attempts: [attempt({ error: "no" })] });

describe("a task that was dispatched", () => {
  test("and completed has its record", async () => {
    const { records, pending } = await dispatched(["t1"], [result("t1", { output: 42 })]).settle();
    expect(records).toMatchObject([{ task_id: "t1", wave: 1, status: "COMPLETED", passes: 1, output: 42 }]);
    expect(pending).toEqual([]);
  });

  test.each(["permanent", "blocked_by_gate", "dependency_failed"] as const)(
    "and ended %s has its record",
    async (outcome) => {
      const { records, pending } = await dispatched(["t1"], [failedResult("t1", outcome)]).settle();
      expect([records.length, pending.length]).toEqual([1, 0]);
    },
  );

  test.each(["retries_exhausted", "timed_out", "agent_offline", "executor_died"] as const)(
    "and ended %s is pending for another agent",
    async (outcome) => {
      const { records, pending } = await dispatched(["t1"], [failedResult("t1", outcome)]).settle();
      expect(records).toEqual([]);
      expect(pending).toMatchObject([
        { task: { task_id: "t1" }, passes: 1, tried: ["agent_0"], last_outcome: outcome },
      ]);
    },
  );

  test("and ended so in its last pass has a record with the attempts of all passes", async () => {
    const earlier = [attempt({ agent_id: "agent_1", error: "no" })];
    const again = assignment("t1", { passes: 1, earlier, tried: ["agent_1"] });
    const { records, pending } = await dispatched([again], [failedResult("t1", "timed_out")]).settle();
    expect(records).toMatchObject([
      { task_id: "t1", status: "FAILED", reason: "timed_out", passes: 2, attempts: 2, agent_id: "agent_0" },
    ]);
    expect(pending).toEqual([]);
  });

  test("twice by at-least-once children has one record, of what was said first", async () => {
    const twice = dispatched(["t1"], [result("t1", { output: 1 }), result("t1", { output: 2 })]);
    const { records } = await twice.settle();
    expect(records).toMatchObject([{ task_id: "t1", output: 1 }]);
  });

  test("is not looked up among the assignments where every task has its result", async () => {
    const pass = dispatched(["t1"], [result("t1")]);
    pass.world.objects.texts.set(at.assignments(1, 1), "not JSON, which nobody reads");
    const { records, pending } = await pass.settle({ assigned: 1 });
    expect([records.length, pending.length]).toEqual([1, 0]);
  });

  test("whose executor died in a retry has the attempts before it too", async () => {
    const last = attempt({ attempt: 3, error: "Runtime.ExitError" });
    const died = result("t1", { outcome: "executor_died", error: "no", attempts: [last], first_attempt: null });
    const pass = dispatched(["t1"], [died]);
    await pass.world.attempts.put(RUN, "t1", attempt({ attempt: 1, error: "busy" }));
    const { pending } = await pass.settle();
    expect(pending[0]?.earlier).toMatchObject([
      { attempt: 1, error: "busy" },
      { attempt: 2, error: "Runtime.ExitError" },
    ]);
  });

  test.each([
    { title: "died", attempts: [attempt({ attempt: 2, error: "Runtime.ExitError" })], last: ["Runtime.ExitError"] },
    { title: "was never there", attempts: [], last: [] },
  ])(
    "whose executor $title has its first attempt, those on record, and the last, however they are counted",
    async (given) => {
      const first_attempt = attempt({ attempt: 1, error: "first" });
      const { attempts, last } = given;
      const told = result("t1", { outcome: "executor_died", error: "no", attempts, first_attempt });
      const pass = dispatched(["t1"], [told]);
      await pass.world.attempts.put(RUN, "t1", attempt({ attempt: 2, error: "second" }));
      const { pending } = await pass.settle();
      expect(pending[0]?.earlier?.map((each) => [each.attempt, each.error])).toEqual(
        ["first", "second", ...last].map((error, index) => [index + 1, error]),
      );
    },
  );

  test("has its record whether its result stands in a line of its own or in one with others", async () => {
    const pass = dispatched(["t1", "t2", "t3"], [[result("t1"), result("t2")], [], result("t3")]);
    const { records, pending } = await pass.settle();
    expect([records.map(({ task_id }) => task_id), pending]).toEqual([["t1", "t2", "t3"], []]);
  });

  test("and completed in a later pass has a record with the attempts of all passes", async () => {
    const earlier = [attempt({ agent_id: "agent_1", error: "no" })];
    const again = assignment("t1", { passes: 1, earlier, tried: ["agent_1"] });
    const { records } = await dispatchedIn(2)([again], [result("t1")]).settle();
    expect(records).toMatchObject([
      { status: "COMPLETED", passes: 2, attempts: 2, attempt_log: [...earlier, attempt()] },
    ]);
  });

  test("and was deferred is pending, with all its passes left", async () => {
    const { pending } = await dispatched(["t1"], [result("t1", { outcome: "deferred", attempts: [] })]).settle();
    expect(pending).toMatchObject([{ passes: 0, tried: [], last_outcome: "deferred" }]);
  });

  test.each(["deferred", "retries_exhausted"] as const)(
    "and ended %s in the wave's last round has its record",
    async (outcome) => {
      const { records, pending } = await dispatched(["t1"], [failedResult("t1", outcome)]).settle({ last: true });
      expect([records.map(({ status }) => status), pending]).toEqual([["FAILED"], []]);
    },
  );
});

describe("a task whose batch died", () => {
  test("is pending again with the attempts that were logged in this pass", async () => {
    const { world, settle } = dispatched(["t1", "t2"], [result("t1")]);
    const logged = attempt({ error: "no" });
    await world.attempts.put(RUN, "t2", logged);
    await world.attempts.put(RUN, "t2", attempt({ pass: 7 }));
    const { records, pending } = await settle();
    expect(records.map(({ task_id }) => task_id)).toEqual(["t1"]);
    expect(pending).toMatchObject([
      { task: { task_id: "t2" }, passes: 1, earlier: [logged], last_outcome: "executor_died" },
    ]);
  });

  test("ends when this was its last pass", async () => {
    const { records } = await dispatched([assignment("t1", { passes: 1 })], []).settle();
    expect(records).toMatchObject([{ task_id: "t1", status: "FAILED", reason: "retries_exhausted", passes: 2 }]);
  });

  test("is pending again also where the whole pass left no result", async () => {
    const { pending } = await dispatched(["t1"]).settle();
    expect(pending.map(({ task }) => task.task_id)).toEqual(["t1"]);
  });
});

describe("two results of one task", () => {
  test.each([
    { title: "in one file", files: [[result("t1"), result("t1")]] },
    { title: "in two files", files: [[result("t1")], [result("t1")]] },
    { title: "the first of which was lost", files: [[failedResult("t1", "executor_died")], [result("t1")]] },
    { title: "the second of which was lost", files: [[result("t1")], [failedResult("t1", "executor_died")]] },
  ])("count once: $title", async ({ files }) => {
    const { records, pending } = await dispatched(["t1"], ...files).settle();
    expect([records.map(({ status }) => status), pending]).toEqual([["COMPLETED"], []]);
  });

  test("that both go on make one pending task", async () => {
    const { records, pending } = await dispatched(
      ["t1"],
      [failedResult("t1", "timed_out"), failedResult("t1", "retries_exhausted")],
    ).settle();
    expect([records, pending.map(({ last_outcome }) => last_outcome)]).toEqual([[], ["retries_exhausted"]]);
  });
});

describe("a pass", () => {
  test("that only waited hands on what waits", async () => {
    const world = createWorld();
    const waiting = [planned("w1"), { ...planned("w2"), passes: 1 }];
    world.objects.putLines(at.assignments(1, 1), []);
    world.objects.putLines(at.deferred(1, 1), waiting);
    await settlePass(input, { add: () => expect.unreachable("no task has ended") }, world);
    expect(world.objects.lines(at.pending(1, 2))).toEqual(waiting);
  });

  test("hands on what waits beside what goes on", async () => {
    const { world, settle } = dispatched(["t1"], [failedResult("t1", "timed_out")]);
    world.objects.putLines(at.deferred(1, 1), [planned("w1")]);
    expect((await settle()).pending.map(({ task }) => task.task_id)).toEqual(["t1", "w1"]);
  });

  test("whose manifest is missing is not taken for one that died", async () => {
    const { settle, world } = dispatched(["t1"]);
    await expect(settle({ manifest_keys: ["nowhere"] })).rejects.toThrow(MissingObjectError);
    expect(world.objects.texts.has(at.pending(1, 2))).toBe(false);
  });

  test("settled twice leaves the same objects", async () => {
    const { settle } = dispatched(["t1", "t2", "t3"], [failedResult("t2", "timed_out")], [result("t1")]);
    const first = await settle();
    expect(await settle()).toEqual(first);
  });
});

const outcomes: readonly ExecutionOutcome[] = [
  "completed",
  "permanent",
  "blocked_by_gate",
  "dependency_failed",
  "retries_exhausted",
  "timed_out",
  "agent_offline",
  "executor_died",
  "deferred",
];

test("every task has one record or is pending once, whatever the order, the duplicates and the losses", async () => {
  const given = fc.array(
    fc.record({
      outcomes: fc.array(fc.constantFrom(...outcomes), { maxLength: 3 }),
      passes: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(given, fc.infiniteStream(fc.nat({ max: 2 })), fc.boolean(), async (tasks, fileOf, last) => {
      const assignments = tasks.map(({ passes }, index) => assignment(`t${index}`, passes > 0 ? { passes } : {}));
      const files: ExecutionResult[][] = [[], [], []];
      for (const [index, task] of tasks.entries()) {
        for (const outcome of task.outcomes) files[fileOf.next().value ?? 0]?.push(failedResult(`t${index}`, outcome));
      }
      const { records, pending } = await dispatched(assignments, ...files).settle({ max_passes: 3, last });
      const ids = [...records.map(({ task_id }) => task_id), ...pending.map(({ task }) => task.task_id)];
      expect(ids.toSorted()).toEqual(assignments.map(({ task }) => task.task_id).toSorted());
    }),
    { numRuns: 60 },
  );
});
