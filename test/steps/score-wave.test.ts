import { describe, expect, test } from "vitest";

import type { Lease } from "../../lib/domain/ports.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { scoreWave, type ScoreWaveInput } from "../../lib/steps/score-wave.ts";
import { agent, attempt, completed, failed, unassignable } from "../domain/report-builders.ts";
import { createPlannedWorld, planned, putRecords, RUN } from "./builders.ts";

const input: ScoreWaveInput = {
  run_id: RUN,
  wave: 1,
  pass: 1,
  signals: { by_type: { agent_performance: 3 }, by_phase: { 18: 4, 20: 3 } },
};

const records: readonly TaskRecord[] = [
  completed({ task_id: "t0" }),
  completed({ task_id: "t1", passes: 2, attempts: 3, attempt_log: [attempt(), attempt(), attempt({ pass: 2 })] }),
  failed({ task_id: "t2", agent_id: "agent_1" }),
  unassignable({ task_id: "t3" }),
];

const endedWorld = async (wave: readonly TaskRecord[] = records) => {
  const agents = [agent("agent_0"), agent("agent_1"), agent("agent_2", { completed_tasks: 5 })];
  const world = await createPlannedWorld(
    wave.map(({ task_id }) => planned(task_id)),
    { agents },
  );
  await putRecords(world, wave, 1);
  return world;
};

const lease = (changes: Partial<Lease> = {}): Lease => ({
  agentId: "agent_0",
  runId: RUN,
  wave: 1,
  pass: 1,
  weight: 1,
  expiresAt: Infinity,
  ...changes,
});

describe("a wave that is scored", () => {
  test("is on record with its figures, its health and its signals", async () => {
    const world = await endedWorld();
    const { health_score } = await scoreWave(input, world);
    expect(await world.runs.readWaves(RUN)).toEqual([
      {
        wave: 1,
        passes: 1,
        tasks: 4,
        completed: 2,
        failed: 2,
        blocked: 0,
        skipped: 0,
        attempts: 5,
        retries: 1,
        reassignments: 1,
        success_rate: 0.5,
        health_score,
        health_status: "FAIR",
        components: {
          success_rate: 0.5,
          availability: 1,
          accuracy: expect.any(Number),
          load_balance: expect.any(Number),
        },
        anomalies: [],
        online_agents: 3,
        agents: 3,
        signals: input.signals,
        finished_at: "2026-03-01T12:00:00.000Z",
      },
    ]);
  });

  test("comes to the health of SPEC H1", async () => {
    const world = await endedWorld();
    // success 2/4, availability 1, accuracy 1 − (0.1 + 0.1 + 0.9)/3, loads 2 1 0: variance 2/3, mean 1.
    const expected = 100 * (0.4 * 0.5 + 0.2 + 0.2 * (1 - 1.1 / 3) + 0.2 * (1 - 2 / 3));
    expect((await scoreWave(input, world)).health_score).toBeCloseTo(expected, 2);
  });

  test("counts agents that are OFFLINE", async () => {
    const world = await endedWorld();
    await world.fleet.markOffline("default", "agent_2", "no answer", world.clock.now());
    await scoreWave(input, world);
    expect(await world.runs.readWaves(RUN)).toMatchObject([{ online_agents: 2, agents: 3 }]);
  });

  test("tells CloudWatch", async () => {
    const world = await endedWorld();
    const { health_score } = await scoreWave(input, world);
    expect(world.metrics).toMatchObject([
      { dimensions: { strategy: "LOAD_BALANCED" }, properties: { run_id: RUN, wave: 1 } },
    ]);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "WaveHealth", unit: "None", value: health_score });
  });

  test("has its anomalies in the log", async () => {
    const slow = completed({ attempts: 2, attempt_log: [attempt({ error: "no", duration_ms: 40_000 }), attempt()] });
    const world = await endedWorld([slow]);
    await scoreWave(input, world);
    expect(world.log.entries.filter(({ message }) => message === "anomaly")).toMatchObject([
      {
        level: "warn",
        fields: { run_id: RUN, wave: 1, type: "stuck_agent", detail: expect.stringContaining("agent_0") as string },
      },
    ]);
  });

  test("has its weakest agents in the log, a line each", async () => {
    const world = await endedWorld();
    await scoreWave(input, world);
    const at = { run_id: RUN, wave: 1 };
    expect(world.log.entries).toEqual([
      {
        level: "info",
        message: "weak agent",
        fields: { ...at, agent_id: "agent_1", success_rate: 0, assigned: 1, completed: 0 },
      },
      {
        level: "info",
        message: "weak agent",
        fields: { ...at, agent_id: "agent_0", success_rate: 1, assigned: 2, completed: 2 },
      },
    ]);
  });
});

describe("the totals of an agent", () => {
  const totalsOf = async ({ fleet }: Awaited<ReturnType<typeof endedWorld>>) =>
    (await fleet.read("default", 0)).agents.map(({ id, completed_tasks, failed_tasks }) => [
      id,
      completed_tasks,
      failed_tasks,
    ]);

  test("grow by what it did in the wave", async () => {
    const world = await endedWorld();
    await scoreWave(input, world);
    expect(await totalsOf(world)).toEqual([
      ["agent_0", 2, 0],
      ["agent_1", 0, 1],
      ["agent_2", 5, 0],
    ]);
  });

  test("grow once, however often the wave is scored", async () => {
    const world = await endedWorld();
    const first = await scoreWave(input, world);
    const [totals, waves] = [await totalsOf(world), await world.runs.readWaves(RUN)];
    expect(await scoreWave(input, world)).toEqual(first);
    expect([await totalsOf(world), await world.runs.readWaves(RUN)]).toEqual([totals, waves]);
  });

  test("grow again with another wave", async () => {
    const world = await endedWorld();
    await scoreWave(input, world);
    await putRecords(world, records, 1, 2);
    await scoreWave({ ...input, wave: 2 }, world);
    expect((await totalsOf(world))[0]).toEqual(["agent_0", 4, 0]);
  });
});

test("the leases of a wave that is scored are freed, and no others", async () => {
  const world = await endedWorld();
  const others = [lease({ wave: 2 }), lease({ runId: "run-2" })];
  await world.fleet.putLeases("default", [lease(), lease({ agentId: "agent_1", pass: 2 }), ...others]);
  await scoreWave(input, world);
  expect([...world.fleet.leases.values()]).toEqual(others);
});
