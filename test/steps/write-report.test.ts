import { describe, expect, test } from "vitest";

import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { outputFiles } from "../../lib/domain/run-keys.ts";
import type { Signal } from "../../lib/domain/signal.ts";
import type { MetricsSummary, SystemHealth } from "../../lib/domain/summary.ts";
import { createFigures, writeFigures } from "../../lib/steps/record-sink.ts";
import { writeReport } from "../../lib/steps/write-report.ts";
import { completed, failed, unassignable } from "../domain/report-builders.ts";
import { at, createPlannedWorld, createWorld, planned, putRecords, RUN, waveItem, type World } from "./builders.ts";

const setAside = unassignable({ task_id: "cycle", wave: null, status: "BLOCKED", reason: "cycle" });
const firstPass = [completed({ task_id: "t0" }), failed({ task_id: "t1", agent_id: "agent_1" })];
const secondPass = [completed({ task_id: "t2" })];
const secondWave = [unassignable({ task_id: "t3", wave: 2, status: "SKIPPED", reason: "dependency_failed" })];
const signals = ["a", "b", "ü"].map((signal_id) => ({ signal_id }));

/** A run of two waves, the first of which took two passes; planning set one task aside. */
const by = (count: number) => ({ by_type: { agent_performance: count }, by_phase: { 18: count } });

const endedWorld = async (): Promise<World> => {
  const world = await createPlannedWorld([planned("t0")]);
  world.objects.putLines(at.planRecords, [setAside]);
  const figures = createFigures();
  figures.addRecord(setAside);
  await writeFigures(world.objects, at.planFigures, figures);
  world.objects.putLines(at.output("rejected.jsonl"), [{ line: 1 }]);
  await putRecords(world, firstPass, 1);
  await putRecords(world, secondPass, 2);
  await putRecords(world, secondWave, 1, 2);
  world.objects.putLines(at.ledger(1), signals.slice(0, 2));
  world.objects.putLines(at.ledger(2), signals.slice(2));
  await world.runs.putWave(RUN, waveItem(1, { passes: 2, signals: by(2) }));
  await world.runs.putWave(RUN, waveItem(2, { signals: by(1) }));
  world.clock.time += 90_000;
  return world;
};

const report = async (world: World) => writeReport({ run_id: RUN }, world);

const jsonOf = <Value>(world: World, file: (typeof outputFiles)[number]): Value =>
  JSON.parse(world.objects.texts.get(at.output(file)) ?? "") as Value;

describe("the files of a run", () => {
  test("are all that SPEC O1 asks for", async () => {
    const world = await endedWorld();
    await report(world);
    expect(outputFiles.filter((file) => !world.objects.texts.has(at.output(file)))).toEqual([]);
  });

  test("are the same when the step runs twice", async () => {
    const world = await endedWorld();
    await report(world);
    const texts = new Map(world.objects.texts);
    await report(world);
    expect(world.objects.texts).toEqual(texts);
  });

  test("end with a line end", async () => {
    const world = await endedWorld();
    await report(world);
    for (const file of outputFiles) expect(world.objects.texts.get(at.output(file))?.at(-1)).toBe("\n");
  });
});

describe("results.jsonl", () => {
  test("holds one record a task: those of the plan, then wave by wave and pass by pass", async () => {
    const world = await endedWorld();
    await report(world);
    expect(world.objects.lines<TaskRecord>(at.output("results.jsonl"))).toEqual([
      setAside,
      ...firstPass,
      ...secondPass,
      ...secondWave,
    ]);
  });
});

describe("the ledger of a run", () => {
  test("joins those of its waves, and so does its backup", async () => {
    const world = await endedWorld();
    await report(world);
    expect(world.objects.lines<Signal>(at.output("learning_signals.jsonl"))).toEqual(signals);
    expect(jsonOf(world, "learning_signals.backup.json")).toEqual(signals);
  });

  test("is empty where no wave has signals, and so is its backup", async () => {
    const world = await endedWorld();
    world.objects.putLines(at.ledger(1), []);
    world.objects.texts.delete(at.ledger(2));
    for (const wave of [1, 2]) await world.runs.putWave(RUN, waveItem(wave, { signals: by(0) }));
    await report(world);
    expect(world.objects.texts.get(at.output("learning_signals.jsonl"))).toBe("");
    expect(world.objects.texts.get(at.output("learning_signals.backup.json"))).toBe("[]\n");
  });
});

describe("metrics_summary.json", () => {
  test("counts the tasks of the whole run", async () => {
    const world = await endedWorld();
    await report(world);
    expect(jsonOf<MetricsSummary>(world, "metrics_summary.json")).toMatchObject({
      run_id: RUN,
      agents: 2,
      waves: 2,
      tasks: { total: 5, completed: 2, failed: 1, skipped: 1, blocked: 1 },
      duration_seconds: 90,
      latency_ms: { p50: expect.closeTo(1_000, -2) },
      signals: { by_type: { agent_performance: 3 }, by_phase: { "18": 3 } },
    });
  });

  test("has no duration below 0, should a clock be set back", async () => {
    const world = await endedWorld();
    world.clock.time = 0;
    await report(world);
    expect(jsonOf<MetricsSummary>(world, "metrics_summary.json").duration_seconds).toBe(0);
  });
});

test("system_health.json shows the waves and the agents", async () => {
  const world = await endedWorld();
  await report(world);
  const { waves, agents, health_score } = jsonOf<SystemHealth>(world, "system_health.json");
  expect([waves.map(({ wave }) => wave), Object.keys(agents)]).toEqual([
    [1, 2],
    ["agent_0", "agent_1"],
  ]);
  expect(health_score).toBe(jsonOf<MetricsSummary>(world, "metrics_summary.json").health.score);
});

test("execution_report.md names the tasks that failed", async () => {
  const world = await endedWorld();
  await report(world);
  const text = world.objects.texts.get(at.output("execution_report.md")) ?? "";
  const named = ["t1", "t3", "cycle"].filter((id) => text.includes(`| ${id} |`));
  expect(named).toEqual(["t1", "t3", "cycle"]);
});

describe("the run", () => {
  test("is closed with its counts and its health", async () => {
    const world = await endedWorld();
    const output = await report(world);
    const counts = { total: 5, completed: 2, failed: 1, blocked: 1, skipped: 1 };
    expect(output).toEqual({ run_id: RUN, counts, health: { score: expect.any(Number), status: expect.any(String) } });
    expect(await world.runs.read(RUN)).toMatchObject({
      status: "FINISHED",
      finished_at: "2026-03-01T12:01:30.000Z",
      counts,
      health: output.health,
    });
  });

  test("is closed only when its files stand there", async () => {
    const world = await endedWorld();
    world.objects.writeText = () => Promise.reject(new Error("no bucket"));
    await expect(report(world)).rejects.toThrow("no bucket");
    expect((await world.runs.read(RUN))?.status).toBe("RUNNING");
  });

  test("is told to CloudWatch and to the log", async () => {
    const world = await endedWorld();
    const { health, counts } = await report(world);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "RunHealth", unit: "None", value: health.score });
    expect(world.log.entries).toEqual([
      { level: "info", message: "run finished", fields: { run_id: RUN, ...counts, health: health.score } },
    ]);
  });

  test("that nobody planned has no report", async () => {
    await expect(report(createWorld())).rejects.toThrow(MissingObjectError);
  });
});

describe("a run that broke off", () => {
  /** The first wave has ended; of the second, nothing has begun. */
  const brokenWorld = async (): Promise<World> => {
    const waves = [1, 2].map((wave) => ({ wave, tasks: 1, depends_on_waves: [] }));
    const world = await createPlannedWorld([planned("t0")], { waves });
    await writeFigures(world.objects, at.planFigures, createFigures());
    await putRecords(world, [completed({ task_id: "t0" })], 1);
    world.objects.putLines(at.tasks(2), [{ ...planned("t1"), wave: 2 }]);
    world.objects.putLines(at.ledger(1), signals.slice(0, 2));
    world.objects.putLines(at.ledger(2), signals.slice(2));
    await world.runs.putWave(RUN, waveItem(1, { signals: by(2) }));
    return world;
  };

  test("has one record a task all the same, and stays FAILED", async () => {
    const world = await brokenWorld();
    const { counts } = await writeReport({ run_id: RUN, failed: { error: "Phase21.Bug" } }, world);
    expect(counts).toEqual({ total: 2, completed: 1, failed: 0, blocked: 0, skipped: 1 });
    expect(world.objects.lines<TaskRecord>(at.output("results.jsonl"))).toMatchObject([
      { task_id: "t0", status: "COMPLETED" },
      { task_id: "t1", status: "SKIPPED", reason: "cancelled", error: "the run broke off: Phase21.Bug" },
    ]);
    expect((await world.runs.read(RUN))?.status).toBe("FAILED");
  });

  test("tells of the signals of waves that were scored, because only these were surely sent", async () => {
    const world = await brokenWorld();
    await writeReport({ run_id: RUN, failed: { error: "Phase21.Bug" } }, world);
    expect(world.objects.lines<Signal>(at.output("learning_signals.jsonl"))).toEqual(signals.slice(0, 2));
  });

  test("gives its agents free", async () => {
    const world = await brokenWorld();
    const lease = { agentId: "agent_0", wave: 2, pass: 1, weight: 1, expiresAt: world.clock.time + 60_000 };
    const others = { ...lease, runId: "run-2" };
    await world.fleet.putLeases("default", [{ ...lease, runId: RUN }, others]);
    await writeReport({ run_id: RUN, failed: { error: "Phase21.Bug" } }, world);
    expect((await world.fleet.read("default", world.clock.now())).leases).toEqual([others]);
  });
});
