import { beforeEach, describe, expect, test } from "vitest";

import {
  InputRejectedError,
  InvalidInputError,
  MissingObjectError,
  RunTooLargeError,
} from "../../lib/domain/errors.ts";
import { MAX_WAVES } from "../../lib/domain/plan.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { PlannedTask } from "../../lib/domain/task.ts";
import { planRun, type PlanWavesInput } from "../../lib/steps/plan-waves.ts";
import { at, createWorld, RUN, type World } from "./builders.ts";

const folder = "inbox/nightly";
const input: PlanWavesInput = {
  run_id: RUN,
  object: { bucket: "bucket", key: `${folder}/predictions.jsonl` },
  started_at: "2026-03-01T12:00:00.000Z",
};

let world: World;
beforeEach(() => {
  world = createWorld();
});

/** Puts the files of the inbox folder there and plans the run. */
const plan = (predictions: readonly unknown[], files: { config?: unknown; schedule?: readonly unknown[] } = {}) => {
  world.objects.putLines(`${folder}/predictions.jsonl`, predictions);
  if (files.schedule !== undefined) world.objects.putLines(`${folder}/schedule.jsonl`, files.schedule);
  if (files.config !== undefined) world.objects.texts.set(`${folder}/config.json`, JSON.stringify(files.config));
  return planRun(input, world);
};

const tasks = (count: number) => Array.from({ length: count }, (_, index) => ({ task_id: `t${index}` }));

const idsOf = (wave: number): string[] =>
  world.objects.lines<PlannedTask>(at.tasks(wave)).map(({ task }) => task.task_id);

describe("planning a run", () => {
  test("writes one line a task into its wave", async () => {
    const { groups } = await plan(tasks(7));
    expect(groups).toEqual([{ waves: [1, 2, 3] }]);
    expect([idsOf(1), idsOf(2), idsOf(3)]).toEqual([
      ["t0", "t1", "t2"],
      ["t3", "t4"],
      ["t5", "t6"],
    ]);
  });

  test("writes with a task its wave and its weight", async () => {
    await plan([{ task_id: "a", wave: 2, payload: { kind: "code" } }]);
    expect(world.objects.lines(at.tasks(2))).toMatchObject([
      { task: { task_id: "a", payload: { kind: "code" }, success_rate: 0.85 }, wave: 2, weight: 1 },
    ]);
  });

  test("writes waves that lie across each other in several rounds, as in one", async () => {
    const across = Array.from({ length: 12 }, (_, index) => ({ task_id: `t${index}`, wave: 1 + (index % 3) }));
    await plan([...across, { task_id: "c", depends_on: ["nobody"] }]);
    const inOne = new Map(world.objects.texts);
    world = createWorld();
    world.objects.putLines(`${folder}/predictions.jsonl`, [...across, { task_id: "c", depends_on: ["nobody"] }]);
    await planRun(input, world, { together: 1, each: 1_000_000 });
    expect(new Map(world.objects.texts)).toEqual(inOne);
    expect(world.objects.events.filter((event) => event.endsWith("tasks.jsonl"))).toEqual(
      [1, 2, 3].map((wave) => `wrote ${at.tasks(wave)}`),
    );
  });

  test("takes durations in seconds as weights where every task gives one", async () => {
    await plan([
      { task_id: "a", estimated_duration_ms: 1_500, wave: 1 },
      { task_id: "b", estimated_duration_ms: 20, wave: 1 },
    ]);
    expect(world.objects.lines<PlannedTask>(at.tasks(1)).map(({ weight }) => weight)).toEqual([1.5, 0.02]);
  });

  test("keeps what later steps must know of all waves", async () => {
    await plan([
      { task_id: "a", wave: 1 },
      { task_id: "b", wave: 3, depends_on: ["a"] },
      { task_id: "c", depends_on: ["nobody"] },
    ]);
    expect(JSON.parse(world.objects.texts.get(at.plan) ?? "")).toEqual({
      tasks: 3,
      set_aside: 1,
      waves: [
        { wave: 1, tasks: 1, depends_on_waves: [] },
        { wave: 3, tasks: 1, depends_on_waves: [1] },
      ],
    });
  });

  test("puts waves that may run side by side into one group", async () => {
    const { groups, wave_concurrency } = await plan(
      [
        { task_id: "a", wave: 1 },
        { task_id: "b", wave: 2 },
        { task_id: "c", wave: 3, depends_on: ["b"] },
      ],
      { config: { wave_concurrency: 2 } },
    );
    expect([groups, wave_concurrency]).toEqual([[{ waves: [1, 2] }, { waves: [3] }], 2]);
  });

  test("puts the run on record with its configuration and its counts", async () => {
    await plan([...tasks(4), { task_id: "t0" }], { config: { num_waves: 2, seed: 7 } });
    expect(await world.runs.read(RUN)).toMatchObject({
      run_id: RUN,
      status: "RUNNING",
      config: { num_waves: 2, seed: 7, strategy: "LOAD_BALANCED" },
      config_hash: expect.stringMatching(/^[0-9a-f]{32}$/u),
      input: input.object,
      started_at: input.started_at,
      tasks: 4,
      waves: 2,
      rejected_lines: 1,
    });
  });

  test("run twice leaves the same objects and the same run", async () => {
    await plan([...tasks(5), { task_id: "x", depends_on: ["x"] }, { task_id: "" }]);
    const [texts, run] = [new Map(world.objects.texts), await world.runs.read(RUN)];
    await planRun(input, world);
    expect([world.objects.texts, await world.runs.read(RUN)]).toEqual([texts, run]);
  });

  test("reads the version that started the run", async () => {
    world.objects.putLines(`${folder}/predictions.jsonl@v1`, [{ task_id: "old", wave: 1 }]);
    world.objects.putLines(`${folder}/predictions.jsonl`, [{ task_id: "new", wave: 1 }]);
    await planRun({ ...input, object: { ...input.object, version_id: "v1" } }, world);
    expect(idsOf(1)).toEqual(["old"]);
  });

  test("of a file without tasks gives a run without waves", async () => {
    expect(await plan([])).toEqual({ run_id: RUN, wave_concurrency: 1, groups: [] });
    expect([world.objects.lines(at.planRecords), world.objects.lines(at.output("rejected.jsonl"))]).toEqual([[], []]);
  });
});

describe("what cannot run", () => {
  test.each([
    { title: "a task on a cycle is BLOCKED", line: { depends_on: ["a"] }, status: "BLOCKED", reason: "cycle" },
    {
      title: "a task that depends on nobody known is BLOCKED",
      line: { depends_on: ["nobody"] },
      status: "BLOCKED",
      reason: "unknown_dependency",
    },
  ])("$title and its dependent SKIPPED, in records of the plan", async ({ line, status, reason }) => {
    const { groups } = await plan([
      { task_id: "a", wave: 4, ...line },
      { task_id: "b", depends_on: ["a"] },
    ]);
    expect(groups).toEqual([]);
    expect(world.objects.lines<TaskRecord>(at.planRecords)).toMatchObject([
      { task_id: "a", status, reason, wave: 4, agent_id: null, attempts: 0 },
      { task_id: "b", status: "SKIPPED", reason: "dependency_failed", wave: null, error: expect.stringContaining("a") },
    ]);
  });

  test("does not keep the other tasks from running", async () => {
    await plan([
      { task_id: "a", depends_on: ["a"] },
      { task_id: "b", wave: 1 },
    ]);
    expect([idsOf(1), world.objects.lines<TaskRecord>(at.planRecords).map(({ task_id }) => task_id)]).toEqual([
      ["b"],
      ["a"],
    ]);
  });
});

describe("bad input", () => {
  test("is set aside line by line", async () => {
    await plan(
      [
        { task_id: "a", wave: 1 },
        { task_id: "b", success_rate: 2 },
      ],
      { schedule: [{ task_id: "stranger" }] },
    );
    expect(world.objects.lines(at.output("rejected.jsonl"))).toMatchObject([
      { file: "predictions.jsonl", line: 2, reason: expect.stringContaining("success_rate") },
      { file: "schedule.jsonl", line: 1, reason: expect.stringContaining("stranger") },
    ]);
    expect(idsOf(1)).toEqual(["a"]);
  });

  test.each([
    { title: "1 line was", bad: [{ task_id: "" }] },
    { title: "2 lines were", bad: [{ task_id: "" }, {}] },
  ])("refuses a strict run, and says that $title rejected", async ({ title, bad }) => {
    const planning = plan([{ task_id: "a" }, ...bad], { config: { strict: true } });
    await expect(planning).rejects.toThrow(InputRejectedError);
    await expect(planning).rejects.toThrow(title);
    expect(world.objects.lines(at.output("rejected.jsonl")).length).toBe(bad.length);
    expect(await world.runs.read(RUN)).toBeUndefined();
  });

  test("that is good enough does not refuse a strict run", async () => {
    await plan(tasks(1), { config: { strict: true } });
    expect(await world.runs.read(RUN)).toBeDefined();
  });

  test("in config.json ends the run and names the setting", async () => {
    const planning = plan(tasks(1), { config: { max_retries: 9 } });
    await expect(planning).rejects.toThrow(InvalidInputError);
    await expect(planning).rejects.toThrow(/config\.json.*max_retries/u);
  });

  test("that needs too many waves is refused", async () => {
    const chain = Array.from({ length: MAX_WAVES + 1 }, (_, index) => ({
      task_id: `t${index}`,
      ...(index > 0 && { depends_on: [`t${index - 1}`] }),
    }));
    await expect(plan(chain)).rejects.toThrow(RunTooLargeError);
  });

  test.each([
    { title: "alone", schedule: undefined },
    { title: "with a schedule beside them", schedule: [{ task_id: "a" }] },
  ])("that lacks the predictions ends the run and names them: $title", async ({ schedule }) => {
    if (schedule !== undefined) world.objects.putLines(`${folder}/schedule.jsonl`, schedule);
    const planning = planRun(input, world);
    await expect(planning).rejects.toThrow(MissingObjectError);
    await expect(planning).rejects.toThrow("inbox/nightly/predictions.jsonl");
  });
});

describe("the fleet of a run", () => {
  test("is left as it is where it has agents", async () => {
    await plan(tasks(1));
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents.map(({ id }) => id)).toEqual(["agent_0", "agent_1"]);
  });

  test("gets four simulated agents where it has none", async () => {
    world = createWorld([]);
    await plan(tasks(1));
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents.map(({ id, endpoint }) => [id, endpoint.kind])).toEqual(
      ["agent_0", "agent_1", "agent_2", "agent_3"].map((id) => [id, "simulated"]),
    );
    expect(world.log.entries.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  test("must have agents where none are simulated, and the error says how to name them", async () => {
    world = { ...createWorld([]), emptyFleet: "refuse" };
    await expect(plan(tasks(1))).rejects.toThrow(
      new InvalidInputError('fleet default: expected agents, it has none: name them with "agents apply"'),
    );
    expect(world.runs.runs.size).toBe(0);
  });
});
