import { describe, expect, test } from "vitest";

import type { PendingTask } from "../../lib/domain/execution.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { PlannedTask } from "../../lib/domain/task.ts";
import { readCandidates } from "../../lib/steps/read-candidates.ts";
import { attempt, completed, failed } from "../domain/report-builders.ts";
import { at, createPlannedWorld, planned, RUN, waveItem } from "./builders.ts";

const now = Date.parse("2026-03-01T12:00:00.000Z");

/** Reads the second wave, whose tasks depend on the first one; the first one took two passes. */
const readSecondWave = async (
  lines: readonly PlannedTask[],
  { records = [], scored = true }: { readonly records?: readonly TaskRecord[]; readonly scored?: boolean } = {},
) => {
  const waves = [
    { wave: 1, tasks: 1, depends_on_waves: [] },
    { wave: 2, tasks: lines.length, depends_on_waves: [1] },
  ];
  const world = await createPlannedWorld([planned("before")], { waves });
  world.objects.putLines(at.tasks(2), lines);
  world.objects.putLines(at.records(1, 2), records);
  if (scored) await world.runs.putWave(RUN, waveItem(1, { passes: 2 }));
  return readCandidates({ run_id: RUN, wave: 2, pass: 1, now }, world);
};

const dependent = planned("t1", { depends_on: ["before"] });

describe("a task that depends on another one", () => {
  test("is a candidate when that one completed", async () => {
    const { lots } = await readSecondWave([dependent], { records: [completed({ task_id: "before" })] });
    expect(lots).toEqual([{ kind: "candidate", index: 0, dependent: true }]);
  });

  test.each([
    {
      title: "did not complete",
      wave: { records: [failed({ task_id: "before" })] },
      error: "depends on before, which ended FAILED",
    },
    { title: "left no record", wave: {}, error: "depends on before, which ended without a record" },
    {
      title: "stands in a wave that was not scored",
      wave: { records: [completed({ task_id: "before" })], scored: false },
      error: "depends on before, which ended without a record",
    },
  ])("is skipped when that one $title", async ({ wave, error }) => {
    const { lots, tasks } = await readSecondWave([dependent], wave);
    expect([lots, tasks]).toEqual([[{ kind: "ends", status: "SKIPPED", reason: "dependency_failed", error }], []]);
  });

  test("is skipped rather than made to wait when both apply", async () => {
    const waits = { not_before: "2026-03-01T13:00:00.000Z" };
    const { lots } = await readSecondWave([planned("t1", { depends_on: ["before"], constraints: waits })]);
    expect(lots.map(({ kind }) => kind)).toEqual(["ends"]);
  });

  test("is skipped where the plan does not know of the dependency", async () => {
    const world = await createPlannedWorld([dependent], { waves: [] });
    const { lots } = await readCandidates({ run_id: RUN, wave: 1, pass: 1, now }, world);
    expect(lots.map(({ kind }) => kind)).toEqual(["ends"]);
  });

  test("does not care how other tasks of that wave ended", async () => {
    const records = [completed({ task_id: "before" }), failed({ task_id: "other" })];
    const { lots } = await readSecondWave([dependent], { records });
    expect(lots.map(({ kind }) => kind)).toEqual(["candidate"]);
  });
});

describe("a task with a not_before", () => {
  const read = async (...times: readonly string[]) => {
    const lines = times.map((not_before, index) => planned(`t${index}`, { constraints: { not_before } }));
    return readCandidates({ run_id: RUN, wave: 1, pass: 1, now }, await createPlannedWorld(lines));
  };

  test("waits while that lies ahead", async () => {
    const { lots, waiting, nextStart } = await read("2026-03-01T12:00:00.001Z", "2026-03-01T14:00:00+02:00");
    expect([lots.map(({ kind }) => kind), waiting, nextStart]).toEqual([["waits", "candidate"], 1, now + 1]);
  });

  test("makes the pass know the earliest one", async () => {
    const { nextStart } = await read("2026-03-01T12:05:00.000Z", "2026-03-01T12:09:00.000Z", "2026-03-01T12:01:00Z");
    expect(nextStart).toBe(now + 60_000);
  });

  test("is put off to a tenth of the whole wait, so that close ones share a pass", async () => {
    const { nextStart } = await read("2026-03-01T12:00:01.000Z", "2026-03-01T12:10:00.000Z");
    expect(nextStart).toBe(now + 60_000);
  });

  test("ends where it lies further ahead than a run is held open", async () => {
    const { lots } = await read("2026-03-31T12:00:00.001Z", "2026-03-31T12:00:00.000Z");
    expect(lots).toEqual([
      {
        kind: "ends",
        status: "BLOCKED",
        reason: "blocked_by_gate",
        error: "not_before: expected a time within 30 days, received 2026-03-31T12:00:00.001Z",
      },
      { kind: "waits" },
    ]);
  });
});

test("the size of a candidate is that of its line", async () => {
  const lines: readonly PendingTask[] = [planned("t0"), { ...planned("t1"), earlier: [attempt(), attempt()] }];
  const { sizes } = await readCandidates({ run_id: RUN, wave: 1, pass: 1, now }, await createPlannedWorld(lines));
  expect(sizes).toEqual(lines.map((line) => JSON.stringify(line).length));
});
