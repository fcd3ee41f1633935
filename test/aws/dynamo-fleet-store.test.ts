import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { createDynamoFleetStore } from "../../lib/aws/dynamo-fleet-store.ts";
import { type Agent, OFFLINE_BY_OWNER } from "../../lib/domain/agent.ts";
import type { FleetStore, Lease } from "../../lib/domain/ports.ts";
import { account, noWait, type Services, startServices, TABLE } from "./emulated-services.ts";
import { startJsonService } from "./json-service.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
let services: Services;
let store: FleetStore;

beforeAll(async () => {
  services = await startServices();
  store = createDynamoFleetStore(services.documents, TABLE, noWait);
});

afterAll(() => services.stop());

const agent = (id: string, changes: Partial<Agent> = {}): Agent => ({
  id,
  capabilities: ["gpu"],
  capacity: 10,
  confidence: 0.85,
  endpoint: { kind: "simulated", bias: 0, transient_rate: 0.08, latency_ms: 0, hang_rate: 0, crash_rate: 0 },
  ...changes,
});

const fresh = { online: true, completed_tasks: 0, failed_tasks: 0, current_load: 0 };

const applied = async (fleet: string, ...ids: readonly string[]): Promise<string> => {
  await store.apply({ fleet, agents: ids.map((id) => agent(id)) });
  return fleet;
};

const agentsOf = async (fleet: string, at = now) => (await store.read(fleet, at)).agents;
const stateOf = async (fleet: string, id: string) => (await agentsOf(fleet)).find((state) => state.id === id);

describe("a fleet", () => {
  test("that nobody applied has no agents and no leases", async () => {
    expect(await store.read("nobody", now)).toEqual({ agents: [], leases: [] });
  });

  test("is read as it was applied, sorted by id, online and without load", async () => {
    const limited = agent("b", { rate_limit_per_second: 3, endpoint: { kind: "lambda", function_name: "f" } });
    await store.apply({ fleet: "sorted", agents: [limited, agent("a")] });
    expect(await agentsOf("sorted")).toEqual([
      { ...agent("a"), ...fresh },
      { ...limited, ...fresh },
    ]);
  });

  test("that is applied again loses the agents that are not named and keeps the state of the others", async () => {
    const fleet = await applied("again", "kept", "removed");
    await store.markOffline(fleet, "kept", "resting", now);
    await store.addTotals(fleet, "kept", "run#1", { completed: 3, failed: 1 });
    await store.apply({ fleet, agents: [agent("kept", { capacity: 99 }), agent("new")] });
    expect(await agentsOf(fleet)).toMatchObject([
      { id: "kept", capacity: 99, online: false, offline_reason: "resting", completed_tasks: 3, failed_tasks: 1 },
      { id: "new", ...fresh },
    ]);
  });

  test("knows nothing of the agents of another fleet", async () => {
    const fleet = await applied("own", "a");
    await applied("own2", "b");
    expect((await agentsOf(fleet)).map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("leases", () => {
  const lease = (changes: Partial<Lease> = {}): Lease => ({
    agentId: "a",
    runId: "run",
    wave: 1,
    pass: 1,
    weight: 2.5,
    expiresAt: now + 60_000,
    ...changes,
  });

  test("add up to the load of their agent", async () => {
    const fleet = await applied("load", "a", "b");
    await store.putLeases(fleet, [lease(), lease({ wave: 2 }), lease({ runId: "other", weight: 1 })]);
    expect((await agentsOf(fleet)).map(({ current_load }) => current_load)).toEqual([6, 0]);
    expect((await store.read(fleet, now)).leases).toContainEqual(expect.objectContaining(lease()));
  });

  test("count no longer once they have expired", async () => {
    const fleet = await applied("expiry", "a");
    await store.putLeases(fleet, [lease(), lease({ wave: 2, expiresAt: now + 1 })]);
    const later = await store.read(fleet, now + 1);
    expect(later.agents[0]?.current_load).toBe(2.5);
    expect(later.leases.map(({ wave }) => wave)).toEqual([1]);
  });

  test("of the same pass are replaced, not added", async () => {
    const fleet = await applied("replace", "a");
    await store.putLeases(fleet, [lease()]);
    await store.putLeases(fleet, [lease({ weight: 4 })]);
    expect((await agentsOf(fleet))[0]?.current_load).toBe(4);
  });

  test("are freed one by one", async () => {
    const fleet = await applied("free", "a");
    await store.putLeases(fleet, [lease(), lease({ pass: 2, weight: 1 })]);
    await store.deleteLeases(fleet, [lease()]);
    expect((await agentsOf(fleet))[0]?.current_load).toBe(1);
  });
});

describe("an agent's state", () => {
  test("is offline since the first report, with its reason", async () => {
    const fleet = await applied("offline", "a");
    await store.markOffline(fleet, "a", "no answer", now);
    await store.markOffline(fleet, "a", "said later", now + 5_000);
    expect(await stateOf(fleet, "a")).toEqual({
      ...agent("a"),
      ...fresh,
      online: false,
      offline_since: "2026-01-01T12:00:00.000Z",
      offline_reason: "no answer",
    });
  });

  test("is as before when the agent is back", async () => {
    const fleet = await applied("back", "a");
    await store.markOffline(fleet, "a", "no answer", now);
    await store.markOnline(fleet, "a");
    expect(await stateOf(fleet, "a")).toEqual({ ...agent("a"), ...fresh });
  });

  test("is offline by its owner whatever it was before, and whatever a probe finds", async () => {
    const fleet = await applied("owned", "a");
    await store.markOffline(fleet, "a", "no answer", now);
    await store.markOffline(fleet, "a", OFFLINE_BY_OWNER, now + 5_000);
    await store.markOffline(fleet, "a", "still no answer", now + 9_000, true);
    await store.markOnline(fleet, "a", true);
    expect(await stateOf(fleet, "a")).toMatchObject({
      online: false,
      offline_since: "2026-01-01T12:00:05.000Z",
      offline_reason: OFFLINE_BY_OWNER,
    });
    await store.markOnline(fleet, "a");
    expect(await stateOf(fleet, "a")).toEqual({ ...agent("a"), ...fresh });
  });

  test("is online by a probe that was answered, and rests anew by one that was not", async () => {
    const fleet = await applied("probed", "a");
    await store.markOffline(fleet, "a", "no answer", now);
    await store.markOffline(fleet, "a", "still no answer", now + 60_000, true);
    expect(await stateOf(fleet, "a")).toMatchObject({
      offline_since: "2026-01-01T12:01:00.000Z",
      offline_reason: "still no answer",
    });
    await store.markOnline(fleet, "a", true);
    expect(await stateOf(fleet, "a")).toEqual({ ...agent("a"), ...fresh });
  });

  test("does not come to be for an agent that the fleet does not have", async () => {
    const fleet = await applied("strangers", "a");
    await store.markOffline(fleet, "b", "no answer", now);
    await store.markOnline(fleet, "b");
    await store.addTotals(fleet, "b", "run#1", { completed: 1, failed: 0 });
    expect((await agentsOf(fleet)).map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("totals", () => {
  test("are added once for each mark", async () => {
    const fleet = await applied("totals", "a");
    await store.addTotals(fleet, "a", "run#1", { completed: 3, failed: 1 });
    await store.addTotals(fleet, "a", "run#1", { completed: 3, failed: 1 });
    await store.addTotals(fleet, "a", "run#2", { completed: 2, failed: 0 });
    expect(await stateOf(fleet, "a")).toMatchObject({ completed_tasks: 5, failed_tasks: 1 });
  });

  test("are exact when 20 waves add at the same time, each of them twice", async () => {
    const fleet = await applied("waves", "a");
    const marks = Array.from({ length: 20 }, (_, wave) => `run#${wave}`);
    const add = (mark: string) => store.addTotals(fleet, "a", mark, { completed: 1, failed: 2 });
    await Promise.all(marks.map(add));
    await Promise.all(marks.map(add));
    expect(await stateOf(fleet, "a")).toMatchObject({ completed_tasks: 20, failed_tasks: 40 });
  });

  test("remember the last 80 waves in few bytes, and not every wave there ever was", async () => {
    const fleet = await applied("many waves", "a");
    const add = (wave: number) =>
      store.addTotals(fleet, "a", `${"long-run-id-".repeat(6)}#${wave}`, { completed: 1, failed: 0 });
    for (let wave = 1; wave <= 200; wave += 1) await add(wave);
    for (let wave = 121; wave <= 200; wave += 1) await add(wave);
    expect(await stateOf(fleet, "a")).toMatchObject({ completed_tasks: 200 });
    const { Item } = await services.documents.send(
      new GetCommand({ TableName: TABLE, Key: { pk: `FLEET#${fleet}`, sk: "AGENT#a" } }),
    );
    expect(Item?.["marks"]).toHaveLength(120);
    expect(JSON.stringify(Item).length).toBeLessThan(1_500);
  });
});

describe("a token bucket", () => {
  const limited = agent("a", { rate_limit_per_second: 10 });

  test("gives 20 callers at once 20 slots, spaced as the rate asks", async () => {
    const callers = Array.from({ length: 20 }, () => store.reserveSlot("bucket", limited, now, 60_000));
    const slots = (await Promise.all(callers)).toSorted((a = 0, b = 0) => a - b);
    expect(slots).toEqual(Array.from({ length: 20 }, (_, n) => now + n * 100));
  });

  test("gives no slot that is farther ahead than the caller would wait, and takes none for it", async () => {
    expect(await store.reserveSlot("full", limited, now, 0)).toBe(now);
    expect(await store.reserveSlot("full", limited, now, 99)).toBeUndefined();
    expect(await store.reserveSlot("full", limited, now, 100)).toBe(now + 100);
  });

  test("is full again after a rest", async () => {
    await store.reserveSlot("rested", limited, now, 0);
    expect(await store.reserveSlot("rested", limited, now + 5_000, 0)).toBe(now + 5_000);
  });

  test("of an agent without a rate limit always has a slot", async () => {
    const slots = [0, 1, 2].map(() => store.reserveSlot("unlimited", agent("a"), now, 0));
    expect(await Promise.all(slots)).toEqual([now, now, now]);
  });
});

describe("an item that others change again and again", () => {
  /** A store whose every write is late: somebody else has changed the item meanwhile. */
  const createLateStore = async () => {
    const writes: string[] = [];
    const endpoint = await startJsonService((operation) => {
      if (operation === "GetItem") return { Item: { agent: { M: {} }, tat_ms: { N: String(now) } } };
      writes.push(operation);
      return Object.assign(new Error("changed"), { name: "ConditionalCheckFailedException" });
    });
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...account, endpoint }));
    onTestFinished(() => client.destroy());
    return { writes, late: createDynamoFleetStore(client, TABLE, noWait) };
  };

  test("is given up after 20 tries: a slot as if there were none", async () => {
    const { writes, late } = await createLateStore();
    const limited = agent("a", { rate_limit_per_second: 10 });
    expect(await late.reserveSlot("f", limited, now, 60_000)).toBeUndefined();
    expect(writes).toHaveLength(40);
  });
});
