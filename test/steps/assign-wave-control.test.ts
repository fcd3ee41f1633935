import { describe, expect, test } from "vitest";

import { assignWave } from "../../lib/steps/assign-wave.ts";
import { attempt } from "../domain/report-builders.ts";
import { at, createPlannedWorld, planned, result, RUN } from "./builders.ts";
import { assignedIn, assignNow, endPass, recordsOf, start, tasks } from "./wave-passes.ts";

const since = "2026-03-01T12:00:00.000Z";
const later = planned("t0", { constraints: { not_before: "2026-03-01T14:00:00.000Z" } });

describe("a paused run", () => {
  test("assigns nothing, and asks again with the very same input", async () => {
    const world = await createPlannedWorld(tasks(2));
    await world.runs.putControl(RUN, "PAUSED", since);
    expect(await assignWave(start, world)).toEqual({ ...start.previous, wait_until: "2026-03-01T12:00:02.000Z" });
  });

  test("goes on where it was when it is resumed", async () => {
    const world = await createPlannedWorld(tasks(2));
    await world.runs.putControl(RUN, "PAUSED", since);
    const previous = await assignWave(start, world);
    await world.runs.putControl(RUN, "RUN", since);
    expect(await assignNow({ previous }, world)).toMatchObject({ pass: 1, assigned: 2 });
  });
});

describe("a wave that waits for a task's start", () => {
  test("waits in pieces, and spends no pass on them", async () => {
    const world = await createPlannedWorld([later]);
    const first = await assignNow(start, world);
    expect(first).toMatchObject({
      pass: 1,
      wait_until: "2026-03-01T12:12:00.000Z",
      resume_at: "2026-03-01T14:00:00.000Z",
    });
    world.clock.time += 720_000;
    expect(await assignWave({ previous: first }, world)).toMatchObject({
      pass: 1,
      wait_until: "2026-03-01T12:22:48.000Z",
    });
    world.clock.time = Date.parse("2026-03-01T14:00:00.000Z");
    expect(await assignNow({ previous: first }, world)).toMatchObject({ pass: 2, assigned: 1 });
  });

  test("does not sit it out when the run is cancelled", async () => {
    const world = await createPlannedWorld([later]);
    const first = await assignNow(start, world);
    await world.runs.putControl(RUN, "CANCELLED", since);
    expect(await assignNow({ previous: first }, world)).toMatchObject({ assigned: 0 });
    expect(recordsOf(world, 2)).toMatchObject([{ task_id: "t0", status: "SKIPPED", reason: "cancelled" }]);
  });
});

describe("a cancelled run", () => {
  test("ends every task that was never run as SKIPPED, and the others as what they came to", async () => {
    const world = await createPlannedWorld(tasks(1));
    const first = await assignNow(start, world);
    await world.runs.putControl(RUN, "CANCELLED", since);
    await endPass(world, first, "timed_out");
    expect(recordsOf(world, 2)).toMatchObject([
      { status: "FAILED", reason: "timed_out", attempts: 1, error: `no; then the run was cancelled at ${since}` },
    ]);
    const fresh = await createPlannedWorld(tasks(2));
    await fresh.runs.putControl(RUN, "CANCELLED", since);
    expect((await assignNow(start, fresh)).assigned).toBe(0);
    expect(recordsOf(fresh, 1)).toMatchObject([
      { task_id: "t0", status: "SKIPPED", reason: "cancelled", attempts: 0 },
      { task_id: "t1", status: "SKIPPED", reason: "cancelled", error: `the run was cancelled at ${since}` },
    ]);
  });
});

test("the executors are told of the run's Phase 13 gate", async () => {
  const safety_gate = { kind: "lambda", function_name: "phase21-gate", timeout_seconds: 5 } as const;
  const world = await createPlannedWorld(tasks(1), { config: { safety_gate } });
  expect((await assignNow(start, world)).batch).toMatchObject({ safety_gate });
});

describe("a run with a budget", () => {
  const config = { budget: { max_attempts: 3 } };

  test("assigns while it holds, and tells the executors", async () => {
    const world = await createPlannedWorld(tasks(2), { config });
    expect(await assignNow(start, world)).toMatchObject({ assigned: 2, batch: config });
  });

  test("ends what is left as SKIPPED once it is spent", async () => {
    const world = await createPlannedWorld(tasks(1), { config });
    await world.runs.addSpent(RUN, { attempts: 3, cost_usd: 0, tokens: 0 });
    expect((await assignNow(start, world)).assigned).toBe(0);
    expect(recordsOf(world, 1)).toMatchObject([
      { status: "SKIPPED", reason: "budget_exhausted", error: "the run's budget: max_attempts: 3 of 3 spent" },
    ]);
  });
});

describe("a dispatch that broke off", () => {
  const broken = { assigned: 2, dispatch_error: "States.ItemReaderFailed: aborted", dispatch_failures: 1 };

  test("keeps what its children completed, and gives the rest another pass that spends none", async () => {
    const world = await createPlannedWorld(tasks(2));
    const first = await assignNow(start, world);
    const file = `${at.results(1, 1)}/map-run/SUCCEEDED_0.jsonl`;
    world.objects.putLines(file, [result("t0")]);
    const manifest = JSON.stringify({ ResultFiles: { SUCCEEDED: [{ Key: file }] } });
    world.objects.texts.set(`${at.results(1, 1)}/map-run/manifest.json`, manifest);
    const second = await assignNow({ previous: { ...first, ...broken } }, world);
    expect(second).toMatchObject({ pass: 2, assigned: 1, dispatch_failures: 1 });
    expect(recordsOf(world, 2)).toMatchObject([{ task_id: "t0", status: "COMPLETED" }]);
    expect(assignedIn(world, 2)).toMatchObject([{ task: { task_id: "t1" }, passes: 0, tried: [] }]);
  });

  test("costs the pass of a task that an agent was asked for", async () => {
    const world = await createPlannedWorld(tasks(1));
    const first = await assignNow(start, world);
    await world.attempts.put(RUN, "t0", attempt({ error: "busy" }));
    await assignNow({ previous: { ...first, ...broken, assigned: 1 } }, world);
    expect(assignedIn(world, 2)).toMatchObject([{ passes: 1, tried: ["agent_0"] }]);
  });

  test("is forgotten once one has worked", async () => {
    const world = await createPlannedWorld(tasks(1));
    const first = await assignNow(start, world);
    const second = await endPass(world, { ...first, dispatch_failures: 3 }, "timed_out");
    expect(second).not.toHaveProperty("dispatch_failures");
  });

  test("four times in a row ends the run with its error", async () => {
    const world = await createPlannedWorld(tasks(1));
    const first = await assignNow(start, world);
    const previous = { ...first, ...broken, dispatch_failures: 4 };
    await expect(assignNow({ previous }, world)).rejects.toThrow("States.ItemReaderFailed: aborted");
  });
});
