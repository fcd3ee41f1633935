import { afterAll, beforeAll, expect, test } from "vitest";

import { createDynamoFleetStore } from "../../lib/aws/dynamo-fleet-store.ts";
import type { FleetStore } from "../../lib/domain/ports.ts";
import { noWait, type Services, startServices, TABLE } from "./emulated-services.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const until = now + 60_000;
let services: Services;
let store: FleetStore;

beforeAll(async () => {
  services = await startServices();
  store = createDynamoFleetStore(services.documents, TABLE, noWait);
});

afterAll(() => services.stop());

test("free resources are locked, and nobody is in the way", async () => {
  expect(await store.acquireResources("free", ["db", "gpu"], "run#a", until, now)).toEqual([]);
});

test("a resource that another task holds is named with its holder", async () => {
  await store.acquireResources("held", ["db"], "run#a", until, now);
  expect(await store.acquireResources("held", ["db"], "run#b", until, now)).toEqual([
    { resource: "db", holder: "run#a" },
  ]);
});

test("a task gets all of its resources or none", async () => {
  await store.acquireResources("all", ["m"], "run#a", until, now);
  await store.acquireResources("all", ["z", "m", "a"], "run#b", until, now);
  expect(await store.acquireResources("all", ["a", "z"], "run#c", until, now)).toEqual([]);
});

test("the same task may lock again what it holds", async () => {
  await store.acquireResources("same", ["db"], "run#a", until, now);
  expect(await store.acquireResources("same", ["db"], "run#a", until, now)).toEqual([]);
});

test("a lock whose time is over is anybody's", async () => {
  await store.acquireResources("stale", ["db"], "run#a", until, now);
  expect(await store.acquireResources("stale", ["db"], "run#b", until + 60_000, until - 1)).not.toEqual([]);
  expect(await store.acquireResources("stale", ["db"], "run#b", until + 60_000, until)).toEqual([]);
});

test("of many tasks that want the same resource at the same time one gets it", async () => {
  const holders = Array.from({ length: 20 }, (_, n) => `run#${n}`);
  const answers = await Promise.all(
    holders.map((holder) => store.acquireResources("race", ["db"], holder, until, now)),
  );
  expect(answers.filter((held) => held.length === 0)).toHaveLength(1);
});

test("a released resource is free", async () => {
  await store.acquireResources("released", ["db", "gpu"], "run#a", until, now);
  await store.releaseResources("released", ["db", "gpu"], "run#a");
  expect(await store.acquireResources("released", ["db", "gpu"], "run#b", until, now)).toEqual([]);
});

test("a task that comes late does not release what another one holds by now", async () => {
  await store.acquireResources("late", ["db"], "run#a", until, now);
  await store.acquireResources("late", ["db"], "run#b", until + 60_000, until);
  await store.releaseResources("late", ["db"], "run#a");
  expect(await store.acquireResources("late", ["db"], "run#c", until + 60_000, until)).toEqual([
    { resource: "db", holder: "run#b" },
  ]);
});

test("releasing what nobody holds does nothing", async () => {
  await expect(store.releaseResources("nothing", ["db"], "run#a")).resolves.toBeUndefined();
});
