import { afterAll, beforeAll, expect, test } from "vitest";

import { createDynamoRunningRuns } from "../../lib/aws/dynamo-running-runs.ts";
import { type Services, startServices, TABLE } from "./emulated-services.ts";

let services: Services;
let running: ReturnType<typeof createDynamoRunningRuns>;

beforeAll(async () => {
  services = await startServices();
  running = createDynamoRunningRuns(services.documents, TABLE);
});

afterAll(() => services.stop());

const started_at = "2026-01-01T12:00:00.000Z";

test("a run is listed with its fleet from its begin to its end, and begun twice it is one", async () => {
  expect(await running.list()).toEqual([]);
  await running.add("run-b", "night", started_at);
  await running.add("run-a", "default", started_at);
  await running.add("run-a", "default", started_at);
  expect(await running.list()).toEqual([
    { run_id: "run-a", fleet: "default", started_at },
    { run_id: "run-b", fleet: "night", started_at },
  ]);
  await running.remove("run-b");
  await running.remove("run-b");
  expect((await running.list()).map(({ run_id }) => run_id)).toEqual(["run-a"]);
});
