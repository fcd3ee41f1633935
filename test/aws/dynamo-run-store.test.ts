import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createDynamoRunStore } from "../../lib/aws/dynamo-run-store.ts";
import type { RunStore } from "../../lib/domain/ports.ts";
import type { RunItem, WaveItem } from "../../lib/domain/run-item.ts";
import { config } from "../domain/report-builders.ts";
import { type Services, startServices, TABLE } from "./emulated-services.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
let services: Services;
let runs: RunStore;

beforeAll(async () => {
  services = await startServices();
  runs = createDynamoRunStore(services.documents, TABLE, () => now);
});

afterAll(() => services.stop());

const run = (run_id: string): RunItem => ({
  run_id,
  status: "RUNNING",
  config,
  config_hash: "abc",
  input: { bucket: "a-bucket", key: "inbox/a/predictions.jsonl", version_id: "v1" },
  started_at: "2026-01-01T12:00:00.000Z",
  tasks: 10,
  waves: 3,
  rejected_lines: 0,
});

const wave = (n: number): WaveItem => ({
  wave: n,
  passes: 1,
  tasks: 4,
  completed: 3,
  failed: 1,
  blocked: 0,
  skipped: 0,
  attempts: 5,
  retries: 1,
  reassignments: 0,
  success_rate: 0.75,
  health_score: 91.25,
  health_status: "EXCELLENT",
  components: { success_rate: 0.75, availability: 1, accuracy: 0.9, load_balance: 1 },
  anomalies: [{ type: "success_drop", wave: n, message: "success fell" }],
  online_agents: 4,
  agents: 4,
  signals: { by_type: { agent_performance: 4 }, by_phase: { "18": 4 } },
  finished_at: "2026-01-01T12:00:01.000Z",
});

describe("a run", () => {
  test("reads as undefined before it has begun", async () => {
    expect(await runs.read("never")).toBeUndefined();
  });

  test("that an earlier release has begun goes on with the batches at a time that it had", async () => {
    const { dispatch_concurrency: _none, ...earlier } = config;
    await runs.begin({ ...run("earlier"), config: earlier as typeof config });
    expect((await runs.read("earlier"))?.config.dispatch_concurrency).toBe(20);
    await runs.begin({ ...run("later"), config: { ...config, dispatch_concurrency: 100 } });
    expect((await runs.read("later"))?.config.dispatch_concurrency).toBe(100);
  });

  test("that broke off before it was planned has no settings", async () => {
    const { config: _none, ...failed } = run("broken");
    const Item = { pk: "RUN#broken", sk: "RUN", ...failed };
    await services.documents.send(new PutCommand({ TableName: TABLE, Item }));
    expect(await runs.read("broken")).toEqual(failed);
  });

  test("reads as it was begun, without the keys of the table", async () => {
    await runs.begin(run("begun"));
    expect(await runs.read("begun")).toEqual(run("begun"));
  });

  test("is FINISHED with its counts and its health", async () => {
    const end = {
      status: "FINISHED" as const,
      finished_at: "2026-01-01T12:01:00.000Z",
      counts: { total: 10, completed: 8, failed: 1, blocked: 1, skipped: 0 },
      health: { score: 95.67, status: "EXCELLENT" },
    };
    await runs.begin(run("finished"));
    await runs.finish("finished", end);
    expect(await runs.read("finished")).toEqual({ ...run("finished"), ...end });
  });
});

describe("waves", () => {
  test("come in the order of their numbers, and only those of the run", async () => {
    for (const n of [10, 2, 1]) await runs.putWave("waves", wave(n));
    await runs.putWave("waves-of-another", wave(3));
    await runs.begin(run("waves"));
    expect(await runs.readWaves("waves")).toEqual([wave(1), wave(2), wave(10)]);
  });

  test("are replaced when a wave is scored twice", async () => {
    await runs.putWave("twice", wave(1));
    await runs.putWave("twice", { ...wave(1), completed: 4 });
    expect(await runs.readWaves("twice")).toEqual([{ ...wave(1), completed: 4 }]);
  });
});

describe("the round-robin cursor", () => {
  test("is 0 at the start of a run", async () => {
    expect(await runs.readCursor("fresh", 1, 1)).toBe(0);
  });

  test.each([
    ["the wave before", 3, 1, 12],
    ["the pass before", 2, 2, 11],
    ["before its own wave and pass, so that the same step starts from the same place", 2, 1, 10],
    ["the last pass of a wave far before", 12, 1, 12],
  ])("goes on from %s", async (_, atWave, atPass, expected) => {
    await runs.putCursor("run", 1, 1, 10);
    await runs.putCursor("run", 2, 1, 11);
    await runs.putCursor("run", 2, 2, 12);
    expect(await runs.readCursor("run", atWave, atPass)).toBe(expected);
  });

  test("is forgotten by the table after a week", async () => {
    await runs.putCursor("aging", 1, 1, 10);
    const Key = { pk: "RUN#aging", sk: "CURSOR#00000001#00000001" };
    const { Item } = await services.documents.send(new GetCommand({ TableName: TABLE, Key }));
    expect(Item?.["expires_at"]).toBe(now / 1_000 + 7 * 86_400);
  });
});

describe("the operator's word", () => {
  test("is RUN where nobody said anything", async () => {
    expect(await runs.readControl("untouched")).toEqual({ state: "RUN" });
  });

  test("can be changed until the run is cancelled, and does not touch the run's item", async () => {
    await runs.begin(run("touched"));
    await runs.putControl("touched", "PAUSED", "2026-03-01T12:00:00.000Z");
    expect(await runs.readControl("touched")).toEqual({ state: "PAUSED", since: "2026-03-01T12:00:00.000Z" });
    await runs.putControl("touched", "CANCELLED", "2026-03-01T12:01:00.000Z");
    await runs.putControl("touched", "RUN", "2026-03-01T12:02:00.000Z");
    expect(await runs.readControl("touched")).toEqual({ state: "CANCELLED", since: "2026-03-01T12:01:00.000Z" });
    expect(await runs.read("touched")).toEqual(run("touched"));
  });
});

describe("a run's account", () => {
  test("is empty at first, and adds up", async () => {
    expect(await runs.readSpent("thrifty")).toEqual({ attempts: 0, cost_usd: 0, tokens: 0 });
    await runs.addSpent("thrifty", { attempts: 2, cost_usd: 0.25, tokens: 0 });
    const sum = { attempts: 3, cost_usd: 0.75, tokens: 9 };
    expect(await runs.addSpent("thrifty", { attempts: 1, cost_usd: 0.5, tokens: 9 })).toEqual(sum);
    expect(await runs.readSpent("thrifty")).toEqual(sum);
  });
});
