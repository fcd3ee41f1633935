import { afterAll, beforeAll, expect, test } from "vitest";

import { createDynamoFleetStore } from "../../lib/aws/dynamo-fleet-store.ts";
import { createDynamoLeases } from "../../lib/aws/dynamo-leases.ts";
import type { FleetStore, Lease } from "../../lib/domain/ports.ts";
import { noWait, type Services, startServices, TABLE } from "./emulated-services.ts";

let services: Services;
let leases: ReturnType<typeof createDynamoLeases>;
let fleet: FleetStore;

beforeAll(async () => {
  services = await startServices();
  leases = createDynamoLeases(services.documents, TABLE);
  fleet = createDynamoFleetStore(services.documents, TABLE, noWait);
});

afterAll(() => services.stop());

const now = Date.parse("2026-01-01T12:00:00.000Z");

/** A lease that expired a second ago. */
const lease = (changes: Partial<Lease> = {}): Lease => ({
  agentId: "agent_0",
  runId: "run-1",
  wave: 1,
  pass: 1,
  weight: 2.5,
  expiresAt: now - 1_000,
  ...changes,
});

test("leases are listed as they were put, expired ones too, each under its key", async () => {
  const live = lease({ pass: 2, expiresAt: now + 1_000 });
  await fleet.putLeases("listed", [lease(), live]);
  expect((await fleet.read("listed", now)).leases).toHaveLength(1);
  expect(await leases.list("listed")).toEqual([
    { ...lease(), key: "LEASE#agent_0#run-1#1#1" },
    { ...live, key: "LEASE#agent_0#run-1#1#2" },
  ]);
});

test("a lease that is removed is gone, and the others stay", async () => {
  await fleet.putLeases("removed", [lease(), lease({ agentId: "agent_1" })]);
  const [first] = await leases.list("removed");
  if (first === undefined) throw new Error("no lease is listed");
  await leases.remove("removed", first);
  await leases.remove("removed", first);
  expect(await leases.list("removed")).toMatchObject([{ agentId: "agent_1" }]);
});

test("a lease that was renewed since it was listed stays", async () => {
  await fleet.putLeases("renewed", [lease()]);
  const [seen] = await leases.list("renewed");
  if (seen === undefined) throw new Error("no lease is listed");
  await fleet.putLeases("renewed", [lease({ expiresAt: now + 60_000 })]);
  await leases.remove("renewed", seen);
  expect(await leases.list("renewed")).toMatchObject([{ expiresAt: now + 60_000 }]);
});
