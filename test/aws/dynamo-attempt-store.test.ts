import { type BatchWriteCommand, type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createDynamoAttemptStore } from "../../lib/aws/dynamo-attempt-store.ts";
import type { AttemptStore } from "../../lib/domain/ports.ts";
import { attempt } from "../domain/report-builders.ts";
import { noWait, type Services, startServices, TABLE } from "./emulated-services.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
let services: Services;

beforeAll(async () => {
  services = await startServices();
});

afterAll(() => services.stop());

/** The store of one executor; each process has its own. */
const executor = (): AttemptStore =>
  createDynamoAttemptStore(services.documents, TABLE, { now: () => now, sleep: noWait });

test("a task without failed attempts has an empty list", async () => {
  expect(await executor().list("run", "task")).toEqual([]);
});

test("attempts come in the order of passes and attempts, and only those of the task", async () => {
  const store = executor();
  const entries = [attempt(), attempt({ attempt: 2, error: "HTTP 503" }), attempt({ pass: 2 }), attempt({ pass: 10 })];
  for (const entry of entries.toReversed()) await store.put("order", "task_1", entry);
  await store.put("order", "task_10", attempt({ agent_id: "agent_9" }));
  expect(await store.list("order", "task_1")).toEqual(entries);
});

test("attempts of many tasks that fail at the same moment are all on record", async () => {
  const store = executor();
  const tasks = Array.from({ length: 60 }, (_, n) => `task_${n}`);
  await Promise.all(tasks.map((task) => store.put("many", task, attempt({ error: task }))));
  const errors = await Promise.all(tasks.map(async (task) => (await executor().list("many", task))[0]?.error));
  expect(errors).toEqual(tasks);
});

test("the same attempt that is put twice at the same moment is kept once", async () => {
  const store = executor();
  await Promise.all([store.put("twice", "task", attempt()), store.put("twice", "task", attempt())]);
  expect(await store.list("twice", "task")).toEqual([attempt()]);
  expect(await store.list("twice", "task", { pass: 1, count: 1 })).toEqual([attempt()]);
});

test("a fault of the table is reported to everyone who waits", async () => {
  const store = createDynamoAttemptStore(services.documents, "no-such-table", { now: () => now, sleep: noWait });
  const puts = await Promise.allSettled([store.put("run", "a", attempt()), store.put("run", "b", attempt())]);
  expect(puts.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("attempts that fail while a write is under way go together in the next, which a fault of the first does not stop", async () => {
  const writes: number[] = [];
  const first = Promise.withResolvers<object>();
  const send = async ({ input }: BatchWriteCommand): Promise<object> =>
    writes.push(input.RequestItems?.[TABLE]?.length ?? 0) === 1 ? first.promise : {};
  const client = { send } as unknown as DynamoDBDocumentClient;
  const store = createDynamoAttemptStore(client, TABLE, { now: () => now, sleep: noWait });
  const alone = store.put("run", "a", attempt());
  await vi.waitFor(() => expect(writes).toEqual([1]));
  const together = ["b", "c", "d"].map(async (task) => store.put("run", task, attempt()));
  first.reject(new Error("no table"));
  await expect(alone).rejects.toThrow("no table");
  await Promise.all(together);
  expect(writes).toEqual([1, 3]);
});

test("attempts that another executor made are found as well", async () => {
  const [first, second] = [executor(), executor()];
  await first.put("moved", "task", attempt());
  await second.put("moved", "task", attempt({ attempt: 2 }));
  expect(await second.list("moved", "task", { pass: 1, count: 2 })).toEqual([attempt(), attempt({ attempt: 2 })]);
});

test("an executor that made every attempt of the pass itself gives them in order", async () => {
  const store = executor();
  await store.put("own", "task", attempt({ pass: 1 }));
  await store.put("own", "task", attempt({ pass: 2 }));
  await store.put("own", "task", attempt({ pass: 2, attempt: 2 }));
  expect(await store.list("own", "task", { pass: 2, count: 2 })).toEqual([
    attempt({ pass: 2 }),
    attempt({ pass: 2, attempt: 2 }),
  ]);
});

test("an attempt is forgotten by the table after a day", async () => {
  await executor().put("aging", "task", attempt());
  const Key = { pk: "TASK#aging#task", sk: "ATTEMPT#001#1" };
  const { Item } = await services.documents.send(new GetCommand({ TableName: TABLE, Key }));
  expect(Item?.["expires_at"]).toBe(now / 1_000 + 86_400);
});
