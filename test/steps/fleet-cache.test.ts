import { beforeEach, describe, expect, test } from "vitest";

import type { FleetState } from "../../lib/domain/ports.ts";
import { createFleetCache, FLEET_CACHE_MS } from "../../lib/steps/fleet-cache.ts";
import { createWorld, RUN, type World } from "./builders.ts";

let world: World;
beforeEach(() => {
  world = createWorld();
});

const lease = { agentId: "agent_0", runId: RUN, wave: 1, pass: 1 };

describe("a fleet that is read again", () => {
  test("comes from the table once in five seconds", async () => {
    const cache = createFleetCache(world.fleet, world.clock);
    await cache.read("default", 0);
    world.clock.time += FLEET_CACHE_MS - 1;
    await cache.read("default", 0);
    expect([world.fleet.reads, FLEET_CACHE_MS]).toEqual([1, 5_000]);
  });

  test("comes from the table again after five seconds", async () => {
    const cache = createFleetCache(world.fleet, world.clock);
    await cache.read("default", 0);
    world.clock.time += FLEET_CACHE_MS;
    await cache.read("default", 0);
    expect(world.fleet.reads).toBe(2);
  });

  test("comes from the table again for leases that were written since", async () => {
    const cache = createFleetCache(world.fleet, world.clock);
    await cache.read("default", 0);
    world.clock.time += 10;
    await world.fleet.putLeases("default", [{ ...lease, weight: 1, expiresAt: world.clock.time + 1_000 }]);
    const view = await cache.read("default", world.clock.time);
    expect(view.hasLiveLease(lease, world.clock.time)).toBe(true);
  });

  test("comes from the table again once it is forgotten", async () => {
    const cache = createFleetCache(world.fleet, world.clock);
    await cache.read("default", 0);
    cache.forget("default");
    await cache.read("default", 0);
    expect(world.fleet.reads).toBe(2);
  });

  test("is not mistaken for another fleet", async () => {
    const cache = createFleetCache(world.fleet, world.clock);
    await cache.read("default", 0);
    await cache.read("other", 0);
    expect(world.fleet.reads).toBe(2);
  });
});

test("invocations that ask at the same time share one read", async () => {
  const cache = createFleetCache(world.fleet, world.clock);
  const [first, second] = await Promise.all([cache.read("default", 0), cache.read("default", 0)]);
  expect([first === second, world.fleet.reads]).toEqual([true, 1]);
});

describe("a read that fails", () => {
  /** A table whose reads end when the test says so. */
  const createSlowTable = () => {
    const reads: PromiseWithResolvers<FleetState>[] = [];
    const read = (): Promise<FleetState> => {
      const pending = Promise.withResolvers<FleetState>();
      reads.push(pending);
      return pending.promise;
    };
    return { reads, cache: createFleetCache({ read }, world.clock) };
  };
  const empty: FleetState = { agents: [], leases: [] };

  test("is told to all who wait for it, and not kept", async () => {
    const { reads, cache } = createSlowTable();
    const waiting = [cache.read("default", 0), cache.read("default", 0)];
    reads[0]?.reject(new Error("throttled"));
    const ends = await Promise.allSettled(waiting);
    const next = cache.read("default", 0);
    reads[1]?.resolve(empty);
    await next;
    expect([ends.map(({ status }) => status), reads.length]).toEqual([["rejected", "rejected"], 2]);
  });

  test("does not take with it a newer one", async () => {
    const { reads, cache } = createSlowTable();
    const failing = cache.read("default", 0);
    cache.forget("default");
    const newer = cache.read("default", 0);
    reads[0]?.reject(new Error("throttled"));
    await expect(failing).rejects.toThrow("throttled");
    reads[1]?.resolve(empty);
    expect(await cache.read("default", 0)).toBe(await newer);
    expect(reads.length).toBe(2);
  });

  test("is forgotten once, also where it was forgotten already", async () => {
    const { reads, cache } = createSlowTable();
    const failing = cache.read("default", 0);
    cache.forget("default");
    reads[0]?.reject(new Error("throttled"));
    await expect(failing).rejects.toThrow("throttled");
    void cache.read("default", 0);
    expect(reads.length).toBe(2);
  });
});

describe("a view of the fleet", () => {
  test("knows its agents by id and no others", async () => {
    const view = await createFleetCache(world.fleet, world.clock).read("default", 0);
    expect([view.agent("agent_1")?.id, view.agent("agent_9")]).toEqual(["agent_1", undefined]);
  });

  test.each([
    { title: "lives until it expires", asked: lease, after: 999, lives: true },
    { title: "is dead when it expires", asked: lease, after: 1_000, lives: false },
    { title: "of another pass is none", asked: { ...lease, pass: 2 }, after: 0, lives: false },
    { title: "of another wave is none", asked: { ...lease, wave: 2 }, after: 0, lives: false },
    { title: "of another run is none", asked: { ...lease, runId: "run-2" }, after: 0, lives: false },
    { title: "of another agent is none", asked: { ...lease, agentId: "agent_1" }, after: 0, lives: false },
  ])("a lease $title", async ({ asked, after, lives }) => {
    const now = world.clock.time;
    await world.fleet.putLeases("default", [{ ...lease, weight: 1, expiresAt: now + 1_000 }]);
    const view = await createFleetCache(world.fleet, world.clock).read("default", 0);
    expect(view.hasLiveLease(asked, now + after)).toBe(lives);
  });
});
