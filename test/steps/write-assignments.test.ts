import { describe, expect, test } from "vitest";

import { assignTasks } from "../../lib/domain/assign.ts";
import { assignableAgent } from "../../lib/domain/dispatch.ts";
import type { Assignment, PendingTask } from "../../lib/domain/execution.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Strategy } from "../../lib/domain/run-config.ts";
import type { PlannedTask } from "../../lib/domain/task.ts";
import { readCandidates } from "../../lib/steps/read-candidates.ts";
import type { RecordSink } from "../../lib/steps/record-sink.ts";
import { withWriters } from "../../lib/steps/with-writers.ts";
import { writeAssignments } from "../../lib/steps/write-assignments.ts";
import { agent, completed } from "../domain/report-builders.ts";
import { at, createPlannedWorld, planned, RUN, waveItem } from "./builders.ts";

const now = Date.parse("2026-03-01T12:00:00.000Z");
const agents = [agent("agent_0", { rate_limit_per_second: 0.1 })];

/** Assigns a first wave and gives what was written. */
const write = async (lines: readonly PlannedTask[], strategy: Strategy, maxLength?: number) => {
  const world = await createPlannedWorld(lines, { waves: [{ wave: 1, tasks: lines.length, depends_on_waves: [0] }] });
  await world.runs.putWave(RUN, waveItem(0));
  world.objects.putLines(at.records(0, 1), [completed({ task_id: "done" })]);
  const candidates = await readCandidates({ run_id: RUN, wave: 1, pass: 1, now }, world);
  const assignable = agents.map((state) => assignableAgent(state, now, 60));
  const plan = assignTasks({ strategy, tasks: candidates.tasks, agents: assignable });
  const records: TaskRecord[] = [];
  const sink: RecordSink = { add: (record) => void records.push(record) };
  const input = { run_id: RUN, wave: 1, pass: 1, candidates, plan, agents };
  await withWriters(world.objects, [at.assignments(1, 1), at.deferred(1, 1)], ([assignments, deferred]) =>
    writeAssignments(input, { records: sink, assignments, deferred }, world.objects, maxLength),
  );
  return {
    assignments: world.objects.lines<Assignment>(at.assignments(1, 1)),
    deferred: world.objects.lines<PendingTask>(at.deferred(1, 1)),
    records,
  };
};

/** One line of each fate among tasks of rising priority. */
const mixed: readonly PlannedTask[] = [
  planned("t1", { priority: 1 }),
  planned("skipped", { depends_on: ["lost"] }),
  planned("t2", { priority: 2, depends_on: ["done"] }),
  planned("waits", { constraints: { not_before: "2026-03-01T13:00:00.000Z" } }),
  planned("t3", { priority: 3, payload: "x".repeat(2_000) }),
  planned("nobody", { capabilities: ["gpu"] }),
  ...Array.from({ length: 4 }, (_, index) => planned(`t${index + 4}`, { priority: index + 4 })),
  planned("limited", { priority: 0 }),
];

const idsOf = (lines: readonly { readonly task: { readonly task_id: string } }[]): string[] =>
  lines.map(({ task }) => task.task_id);

describe("assignments", () => {
  test("stand in the order in which they are to be dispatched", async () => {
    const { assignments } = await write(mixed, "PRIORITY_BASED");
    expect(idsOf(assignments)).toEqual(["t7", "t6", "t5", "t4", "t3", "t2"]);
  });

  test.each([
    { title: "two tasks at a time", maxLength: 400 },
    { title: "three tasks at a time", maxLength: 600 },
    { title: "one task at a time", maxLength: 200 },
    { title: "tasks each of which is too large", maxLength: 1 },
  ])("are the same where the wave is read in several parts: $title", async ({ maxLength }) => {
    expect(await write(mixed, "PRIORITY_BASED", maxLength)).toEqual(await write(mixed, "PRIORITY_BASED"));
  });

  test("carry the agent, the decision and the outcomes of what the task depends on", async () => {
    const { assignments } = await write(mixed, "PRIORITY_BASED");
    expect(assignments.at(-1)).toEqual({
      ...planned("t2", { priority: 2, depends_on: ["done"] }),
      dependencies_completed: true,
      agent_id: "agent_0",
      decision: { strategy: "PRIORITY_BASED", load: 0.5, eligible: 1, passed_over: {} },
    });
  });

  test("of tasks that depend on nothing carry no outcomes", async () => {
    const { assignments } = await write([planned("t1")], "LOAD_BALANCED");
    expect(assignments[0]).not.toHaveProperty("dependencies");
  });
});

describe("a task that is not assigned", () => {
  test("waits for a later pass where its time or the rate limit keeps it", async () => {
    const { deferred } = await write(mixed, "PRIORITY_BASED");
    expect(idsOf(deferred)).toEqual(["t1", "waits", "limited"]);
  });

  test("has its record where nothing could change that", async () => {
    const { records } = await write(mixed, "PRIORITY_BASED");
    expect(records).toMatchObject([
      {
        task_id: "skipped",
        wave: 1,
        status: "SKIPPED",
        reason: "dependency_failed",
        error: expect.stringContaining("lost"),
      },
      { task_id: "nobody", wave: 1, status: "FAILED", reason: "unassignable", error: expect.stringContaining("gpu") },
    ]);
  });

  test("is written also where no task at all is assigned", async () => {
    const { assignments, records } = await write([planned("nobody", { capabilities: ["gpu"] })], "LOAD_BALANCED", 1);
    expect([assignments, records.length]).toEqual([[], 1]);
  });
});
