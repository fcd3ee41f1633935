import { describe, expect, test } from "vitest";

import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { type EndedWave, measureWave, readRun, readWaveRecords, workingAgents } from "../../lib/steps/measure-wave.ts";
import { attempt, completed, failed, tallyOf } from "../domain/report-builders.ts";
import { at, createPlannedWorld, createWorld, planned, putRecords, RUN, runItem, waveItem } from "./builders.ts";

const ended: EndedWave = { run_id: RUN, wave: 1, pass: 2 };

/** A wave of two tasks whose records stand in two passes. */
const endedWorld = async (
  first: readonly TaskRecord[] = [completed({ task_id: "t0" })],
  second: readonly TaskRecord[] = [completed({ task_id: "t1", agent_id: "agent_1" })],
) => {
  const world = await createPlannedWorld([planned("t0"), planned("t1")]);
  await putRecords(world, first, 1);
  await putRecords(world, second, 2);
  return world;
};

describe("a wave that has ended", () => {
  test("is measured by the records of all its passes", async () => {
    const { run, totals, components, anomalies } = await measureWave(ended, await endedWorld());
    expect([run.run_id, totals.tasks, totals.by_status.COMPLETED, anomalies]).toEqual([RUN, 2, 2, []]);
    expect(components).toMatchObject({ success_rate: 1, availability: 1, load_balance: 1 });
    expect(components.accuracy).toBeCloseTo(0.9, 12);
  });

  test("gives its records in the order of its passes", async () => {
    const ids: string[] = [];
    for await (const records of readWaveRecords((await endedWorld()).objects, ended)) {
      ids.push(...records.map(({ task_id }) => task_id));
    }
    expect(ids).toEqual(["t0", "t1"]);
  });

  test("names the tasks that failed", async () => {
    const { failures } = await measureWave(ended, await endedWorld([failed({ task_id: "t0" })]));
    expect(failures).toMatchObject([{ task_id: "t0", reason: "permanent" }]);
  });

  test("counts agents that are OFFLINE against its availability", async () => {
    const world = await endedWorld();
    await world.fleet.markOffline("default", "agent_1", "no answer", world.clock.now());
    expect((await measureWave(ended, world)).components.availability).toBe(0.5);
  });

  test("that nobody planned cannot be measured", async () => {
    await expect(measureWave(ended, createWorld())).rejects.toThrow(MissingObjectError);
  });
});

describe("an anomaly", () => {
  test("is a task that was planned and has no record", async () => {
    const { anomalies } = await measureWave(ended, await endedWorld([]));
    expect(anomalies).toEqual([{ type: "count_mismatch", wave: 1, message: "tasks planned: 2, of these ended: 1" }]);
  });

  test("is a budget of which four fifths are spent", async () => {
    const world = await endedWorld();
    await world.runs.begin(runItem({ budget: { max_tokens: 10, max_attempts: 100 } }));
    await world.runs.addSpent(RUN, { attempts: 2, cost_usd: 0, tokens: 8 });
    const { anomalies } = await measureWave(ended, world);
    expect(anomalies).toEqual([{ type: "budget", wave: 1, message: "max_tokens: 8 of 10 spent" }]);
  });

  test("is a wave of which the plan does not know", async () => {
    const world = await endedWorld();
    world.objects.texts.set(at.plan, JSON.stringify({ tasks: 2, set_aside: 0, waves: [] }));
    expect((await measureWave(ended, world)).anomalies).toMatchObject([{ type: "count_mismatch" }]);
  });

  test("is a loss of success against the wave before", async () => {
    const world = await createPlannedWorld([], { waves: [{ wave: 3, tasks: 1, depends_on_waves: [] }] });
    await world.runs.putWave(RUN, waveItem(1, { success_rate: 0 }));
    await world.runs.putWave(RUN, waveItem(2, { success_rate: 1 }));
    await world.runs.putWave(RUN, waveItem(4, { success_rate: 0 }));
    await putRecords(world, [failed()], 1, 3);
    const { anomalies } = await measureWave({ run_id: RUN, wave: 3, pass: 1 }, world);
    expect(anomalies).toMatchObject([{ type: "success_drop", message: expect.stringContaining("in wave 2") }]);
  });

  test("is not found against the wave itself, when it is measured again", async () => {
    const world = await endedWorld([failed({ task_id: "t0" })]);
    await world.runs.putWave(RUN, waveItem(1, { success_rate: 1 }));
    expect((await measureWave(ended, world)).anomalies).toEqual([]);
  });

  test("is an agent whose attempt came to nothing for too long", async () => {
    const log = [
      attempt({ error: "no", duration_ms: 10 }),
      attempt({ error: "no answer", duration_ms: 30_000 }),
      attempt({ agent_id: "agent_1", duration_ms: 60_000 }),
    ];
    const { anomalies } = await measureWave(ended, await endedWorld([completed({ attempts: 3, attempt_log: log })]));
    expect(anomalies).toMatchObject([{ type: "stuck_agent", agent_id: "agent_0" }]);
  });
});

test("a run that is not in the table is named", async () => {
  await expect(readRun("run-9", createWorld().runs)).rejects.toThrow(
    "run run-9: expected its item in the table, received none",
  );
});

test("the agents that worked are those of the fleet with a task", async () => {
  const { fleet } = createWorld();
  const { agents } = await fleet.read("default", 0);
  const totals = tallyOf([completed({ agent_id: "agent_1" }), completed({ agent_id: "gone" })]);
  expect(workingAgents(agents, totals).map(({ agent_id }) => agent_id)).toEqual(["agent_1"]);
});
