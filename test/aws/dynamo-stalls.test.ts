import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";

import { createDynamoStalls } from "../../lib/aws/dynamo-stalls.ts";
import type { Stall } from "../../lib/domain/agent-watch.ts";
import { type Services, startServices, TABLE } from "./emulated-services.ts";

let services: Services;
let stalls: ReturnType<typeof createDynamoStalls>;

beforeAll(async () => {
  services = await startServices();
  stalls = createDynamoStalls(services.documents, TABLE);
});

afterAll(() => services.stop());

const stall = (changes: Partial<Stall> = {}): Stall => ({
  run_id: "run-1",
  wave: 1,
  agent_id: "agent_0",
  task_id: "t1",
  since: 1_000,
  until: 61_500,
  ...changes,
});

test("an attempt that stalls is listed under its run until it is removed", async () => {
  const other = stall({ task_id: "t2" });
  for (const one of [stall(), other, stall({ run_id: "run-2" })]) await stalls.put(one);
  expect(await stalls.list("run-1")).toEqual([stall(), other]);
  await stalls.remove(stall());
  expect(await stalls.list("run-1")).toEqual([other]);
});

test("an attempt that nobody removes is forgotten after its time limit", async () => {
  await stalls.put(stall({ run_id: "run-3" }));
  const Key = { pk: "STALLS#run-3", sk: "agent_0#t1" };
  const { Item } = await services.documents.send(new GetCommand({ TableName: TABLE, Key }));
  expect(Item?.["expires_at"]).toBe(62);
});
