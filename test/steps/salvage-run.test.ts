import { describe, expect, test } from "vitest";

import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { salvageRun } from "../../lib/steps/salvage-run.ts";
import { attempt, completed } from "../domain/report-builders.ts";
import {
  at,
  createPlannedWorld,
  createWorld,
  planned,
  putRecords,
  putResults,
  result,
  RUN,
  type World,
} from "./builders.ts";
import { assignNow, endPass, start, tasks } from "./wave-passes.ts";

const WHY = "the run broke off: Phase21.Unavailable";

const recordsOf = (world: World, wave: number, passes: number): TaskRecord[] =>
  at.waveRecords(wave, passes).flatMap((key) => world.objects.lines<TaskRecord>(key));

const salvage = async (world: World, ended: Parameters<typeof salvageRun>[1] = []) => {
  const waves = await salvageRun(RUN, ended, WHY, world);
  return { waves, records: waves.flatMap(({ wave, passes }) => recordsOf(world, wave, passes)) };
};

describe("a wave of a run that broke off", () => {
  test("that had not begun ends with its tasks SKIPPED", async () => {
    const { waves, records } = await salvage(await createPlannedWorld(tasks(2)));
    expect(waves).toEqual([{ wave: 1, passes: 1 }]);
    expect(records).toMatchObject([
      { task_id: "t0", status: "SKIPPED", reason: "cancelled", error: WHY },
      { task_id: "t1", status: "SKIPPED", reason: "cancelled", attempts: 0 },
    ]);
  });

  test("that had ended stays as it is", async () => {
    const world = await createPlannedWorld(tasks(1));
    await putRecords(world, [completed({ task_id: "t0" })], 1);
    const { waves, records } = await salvage(world, [{ wave: 1, passes: 1 }]);
    expect([waves, records.map(({ status }) => status)]).toEqual([[{ wave: 1, passes: 1 }], ["COMPLETED"]]);
  });

  test("that was under way keeps what its children completed, and calls the rest lost", async () => {
    const world = await createPlannedWorld(tasks(2));
    await assignNow(start, world);
    const manifest = `${at.results(1, 1)}/map-run/manifest.json`;
    const file = `${at.results(1, 1)}/map-run/SUCCEEDED_0.jsonl`;
    world.objects.putLines(file, [result("t0")]);
    world.objects.texts.set(manifest, JSON.stringify({ ResultFiles: { SUCCEEDED: [{ Key: file }] } }));
    const { records } = await salvage(world);
    expect(records).toMatchObject([
      { task_id: "t0", status: "COMPLETED" },
      { task_id: "t1", status: "FAILED", reason: "retries_exhausted" },
    ]);
  });

  test("ends its tasks in what their earlier passes came to, where they waited for another one", async () => {
    const world = await createPlannedWorld([planned("t0")]);
    await endPass(world, await assignNow(start, world), "timed_out");
    // The second pass was assigned and dispatched; the third was never begun.
    const results = [result("t0", { outcome: "deferred", attempts: [] })];
    putResults(world, 2, results);
    const { records } = await salvage(world);
    expect(records).toMatchObject([{ task_id: "t0", status: "FAILED" }]);
    expect(records[0]?.attempt_log).toEqual([attempt({ error: "no" })]);
  });

  test("skips the tasks of a dispatch that left nothing, because nobody was asked for them", async () => {
    const world = await createPlannedWorld(tasks(2));
    await assignNow(start, world);
    await world.attempts.put(RUN, "t1", attempt({ error: "busy" }));
    const { records } = await salvage(world);
    expect(records).toMatchObject([
      { task_id: "t1", status: "FAILED", attempts: 1 },
      { task_id: "t0", status: "SKIPPED", reason: "cancelled" },
    ]);
  });

  test("has one record a task where an assignment was cut off before its figures, however often it is salvaged", async () => {
    const world = await createPlannedWorld(tasks(2));
    await assignNow(start, world);
    world.objects.texts.delete(at.figures(1, 1));
    await salvage(world);
    const { records } = await salvage(world);
    expect(records.map(({ task_id, status }) => `${task_id} ${status}`)).toEqual(["t0 SKIPPED", "t1 SKIPPED"]);
  });

  test.each([
    { written: "nothing", keys: [] },
    { written: "the records", keys: [at.records(1, 1)] },
    { written: "the assignments", keys: [at.assignments(1, 1)] },
    { written: "all but its figures", keys: [at.records(1, 1), at.assignments(1, 1), at.deferred(1, 1)] },
  ])(
    "has one record a task where the answer of an assignment was lost, and its next try wrote $written",
    async ({ keys }) => {
      const world = await createPlannedWorld(tasks(2));
      await assignNow(start, world);
      await world.runs.putControl(RUN, "CANCELLED", "2026-03-01T12:00:30.000Z");
      const write = world.objects.writeText.bind(world.objects);
      world.objects.writeText = async (key, text) => {
        if (text !== "" || key !== at.figures(1, 1)) {
          if (!keys.includes(key)) throw new Error("cut off");
        }
        await write(key, text);
      };
      await expect(assignNow(start, world)).rejects.toThrow("cut off");
      world.objects.writeText = write;
      const { records } = await salvage(world);
      expect(records.map(({ task_id, status }) => `${task_id} ${status}`)).toEqual(["t0 SKIPPED", "t1 SKIPPED"]);
    },
  );

  test("has one record a task however often it is salvaged", async () => {
    const world = await createPlannedWorld(tasks(3));
    await endPass(world, await assignNow(start, world), "completed");
    const first = await salvage(world);
    const second = await salvage(world);
    expect(second.records).toEqual(first.records);
    expect(new Set(second.records.map(({ task_id }) => task_id)).size).toBe(3);
  });
});

test("a run that broke off before it was planned has nothing to salvage", async () => {
  await expect(salvage(createWorld())).rejects.toThrow(MissingObjectError);
});
