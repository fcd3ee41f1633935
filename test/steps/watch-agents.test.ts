import { describe, expect, test } from "vitest";

import type { KeptLease, RunningRun, Stall } from "../../lib/domain/agent-watch.ts";
import type { RunItem } from "../../lib/domain/run-item.ts";
import { watchAgents, type WatchAgentsPorts } from "../../lib/steps/watch-agents.ts";
import { createWorld, RUN, runItem, waveItem } from "./builders.ts";

const minutes = 60_000;

/** A minute into a run on agent_0 and agent_1 that goes well: a live lease of agent_0 in its first wave. */
const createWatchedWorld = (run: RunItem = runItem()) => {
  const world = createWorld();
  const start = world.clock.time;
  world.clock.time += minutes;
  const running = new Map<string, RunningRun>();
  const leases = new Map<string, KeptLease>();
  const stalls: Stall[] = [];
  /** Puts a run on record as under way. */
  const begin = (item: RunItem): void => {
    world.runs.runs.set(item.run_id, item);
    running.set(item.run_id, { run_id: item.run_id, fleet: item.config.fleet, started_at: item.started_at });
  };
  const lease = (changes: Partial<KeptLease> = {}): void => {
    const key = `LEASE#${leases.size}`;
    const expiresAt = start + 10 * minutes;
    leases.set(key, { key, agentId: "agent_0", runId: RUN, wave: 1, pass: 1, weight: 3, expiresAt, ...changes });
  };
  begin(run);
  lease();
  const ports: WatchAgentsPorts = {
    ...world,
    running: {
      list: async () => [...running.values()],
      remove: async (runId) => void running.delete(runId),
    },
    leases: {
      list: async () => [...leases.values()],
      remove: async (_, { key }) => void leases.delete(key),
    },
    stalls: { list: async (runId) => stalls.filter(({ run_id }) => run_id === runId) },
  };
  const warnings = () => world.log.entries.filter(({ level }) => level === "warn");
  return { ...world, ports, start, running, kept: leases, stalls, begin, lease, warnings };
};

const quiet = { runs: 1, fleets: 1, expired_leases: 0, stuck_agents: 0, stuck_runs: 0 };

describe("a watch", () => {
  test("of a run that goes well finds nothing, and says so", async () => {
    const world = createWatchedWorld();
    expect(await watchAgents(world.ports)).toEqual(quiet);
    expect(world.warnings()).toEqual([]);
    expect(world.log.entries).toMatchObject([
      { message: "fleet watched", fields: { fleet: "default", runs: 1, agents: 2, offline: 0, expired_leases: 0 } },
    ]);
  });

  test("with no run under way reads no fleet", async () => {
    const world = createWatchedWorld();
    world.running.clear();
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, runs: 0, fleets: 0 });
    expect(world.fleet.reads).toBe(0);
  });

  test("reads a fleet once, however many runs use it", async () => {
    const world = createWatchedWorld();
    world.begin({ ...runItem(), run_id: "run-2" });
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, runs: 2 });
    expect(world.fleet.reads).toBe(1);
    expect(world.metrics).toHaveLength(2);
  });

  test("looks at every fleet in use", async () => {
    const world = createWatchedWorld();
    world.begin({ ...runItem({ fleet: "night" }), run_id: "run-2" });
    expect(await watchAgents(world.ports)).toMatchObject({ runs: 2, fleets: 2 });
    expect(world.log.entries.map(({ fields }) => fields["fleet"])).toEqual(["default", "night"]);
  });

  test("tells CloudWatch of each run under its strategy", async () => {
    const world = createWatchedWorld();
    await watchAgents(world.ports);
    expect(world.metrics).toMatchObject([
      { dimensions: { strategy: "LOAD_BALANCED" }, properties: { run_id: RUN, fleet: "default" } },
    ]);
  });

  test("names the agents that are OFFLINE, and for how long", async () => {
    const world = createWatchedWorld();
    await world.fleet.markOffline("default", "agent_1", "no answer", world.start);
    await watchAgents(world.ports);
    const offline_agents = [{ agent_id: "agent_1", offline_seconds: 60, reason: "no answer" }];
    expect(world.log.entries).toMatchObject([{ fields: { offline: 1, offline_agents } }]);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "OfflineAgents", unit: "Count", value: 1 });
  });
});

describe("a lease", () => {
  test("that has expired is deleted and told", async () => {
    const world = createWatchedWorld();
    world.lease({ agentId: "agent_1", expiresAt: world.clock.time });
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, expired_leases: 1 });
    expect([...world.kept.values()].map(({ agentId }) => agentId)).toEqual(["agent_0"]);
    expect(world.warnings()).toMatchObject([
      { message: "lease without an owner deleted", fields: { agent_id: "agent_1", run_id: RUN, wave: 1, pass: 1 } },
    ]);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "ExpiredLeases", unit: "Count", value: 1 });
  });

  test.each([
    ["FAILED", { ...runItem(), status: "FAILED" as const }],
    ["FINISHED", { ...runItem(), status: "FINISHED" as const }],
  ])("of a run that is %s is deleted before it expires, and the run is watched no more", async (_, run) => {
    const world = createWatchedWorld(run);
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, runs: 0, expired_leases: 1 });
    expect(world.kept.size).toBe(0);
    expect(world.running.size).toBe(0);
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, runs: 0, fleets: 0 });
  });

  test("of a run that is not on record any more is deleted", async () => {
    const world = createWatchedWorld();
    world.runs.runs.clear();
    expect(await watchAgents(world.ports)).toMatchObject({ expired_leases: 1 });
    expect(world.running.size).toBe(0);
  });
});

describe("a stuck agent", () => {
  const stall = (world: ReturnType<typeof createWatchedWorld>, changes: Partial<Stall> = {}): void => {
    const { time } = world.clock;
    world.stalls.push({
      run_id: RUN,
      wave: 1,
      agent_id: "agent_0",
      task_id: "t1",
      since: time - 45_000,
      until: time + minutes,
      ...changes,
    });
  };

  test("is an anomaly of its run, in the log and in the metrics", async () => {
    const world = createWatchedWorld();
    stall(world);
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, stuck_agents: 1 });
    expect(world.warnings()).toMatchObject([
      { message: "anomaly", fields: { run_id: RUN, wave: 1, type: "stuck_agent", agent_id: "agent_0" } },
    ]);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "StuckAgents", unit: "Count", value: 1 });
  });

  test("is one only after the run's own stuck_seconds", async () => {
    const world = createWatchedWorld(runItem({ anomalies: { drop: 0.1, stuck_seconds: 50 } }));
    stall(world);
    expect(await watchAgents(world.ports)).toEqual(quiet);
  });
});

describe("a run", () => {
  /** The same world, half an hour and a bit after its start; its lease is gone. */
  const later = (world = createWatchedWorld()) => {
    world.kept.clear();
    world.clock.time = world.start + 31 * minutes;
    return world;
  };

  test("that shows no sign of life for half an hour is stuck", async () => {
    const world = later();
    expect(await watchAgents(world.ports)).toEqual({ ...quiet, stuck_runs: 1 });
    expect(world.warnings()).toMatchObject([
      {
        message: "anomaly",
        fields: { run_id: RUN, type: "stuck_run", detail: expect.stringContaining("1860 seconds") },
      },
    ]);
    expect(world.metrics[0]?.metrics).toContainEqual({ name: "StuckRuns", unit: "Count", value: 1 });
  });

  test("whose pass may still run is not", async () => {
    const world = later();
    world.lease({ expiresAt: world.clock.time + 1 });
    expect(await watchAgents(world.ports)).toEqual(quiet);
  });

  test("whose last wave ended within the half hour is not", async () => {
    const world = later();
    await world.runs.putWave(RUN, waveItem(1, { finished_at: "2026-03-01T12:10:00.000Z" }));
    expect(await watchAgents(world.ports)).toEqual(quiet);
  });

  test("that is paused is not", async () => {
    const world = later();
    await world.runs.putControl(RUN, "PAUSED", "2026-03-01T12:00:30.000Z");
    expect(await watchAgents(world.ports)).toEqual(quiet);
  });
});
