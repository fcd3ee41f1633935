import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { runIdFor } from "../../lib/domain/run-id.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { type Gateway, startGateway } from "../../lib/local/gateway.ts";
import { BUCKET, noWait, type Services, startServices, TABLE } from "../aws/emulated-services.ts";
import { runItem } from "../steps/builders.ts";
import { invoke, stubFunctionEnvironment } from "./function-context.ts";

const executions = new Map<string, unknown>();
const KEY = "inbox/demo/predictions.jsonl";
let services: Services;
let gateway: Gateway;

/** Step Functions as far as a sweep asks it: it starts an execution of each name once. */
const states = async (_operation: string, body: unknown): Promise<object> => {
  const { name, input } = body as { readonly name: string; readonly input: string };
  if (executions.has(name)) throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${name}'`);
  executions.set(name, JSON.parse(input));
  return { executionArn: "arn", startDate: new Date() };
};

const importModules = async () => ({
  sweep: await import("../../lambdas/sweep-inbox.ts"),
  watch: await import("../../lambdas/watch-agents.ts"),
  sweepDependencies: (await import("../../lib/aws/sweep-inbox-dependencies.ts")).sweepInboxDependencies(),
  watchDependencies: (await import("../../lib/aws/watch-agents-dependencies.ts")).watchAgentsDependencies(),
});
let modules: Awaited<ReturnType<typeof importModules>>;

beforeAll(async () => {
  const handlers = { states, invokeFunction: async () => ({ payload: "null" }), secret: async () => "hush" };
  [services, gateway] = await Promise.all([startServices(), startGateway(handlers)]);
  stubFunctionEnvironment();
  const { emulators } = services;
  const environment = {
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: gateway.endpoint,
    AWS_ENDPOINT_URL_S3: emulators.s3Endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodbEndpoint,
    BUCKET_NAME: BUCKET,
    TABLE_NAME: TABLE,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  modules = await importModules();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([services.stop(), gateway.stop()]);
});

const inMinutes = (minutes: number) => ({ now: () => Date.now() + minutes * 60_000, sleep: noWait });

test("an upload whose event was lost has its run within minutes, and has it once", async () => {
  const { sweep, sweepDependencies } = modules;
  const { ETag = "" } = await services.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: "{}\n" }));
  const run_id = runIdFor({ bucket: BUCKET, key: KEY, version: ETag.replaceAll('"', "") });
  const sweepIn = (minutes: number) =>
    invoke(sweep.createHandler({ ...sweepDependencies, clock: inMinutes(minutes) }), {});

  expect(await sweepIn(0)).toEqual({ looked_at: 0, started: 0 });
  expect(await sweepIn(5)).toEqual({ looked_at: 1, started: 1 });
  expect([...executions]).toEqual([[run_id, { run_id, bucket: BUCKET, key: KEY }]]);
  expect(await sweepIn(10)).toEqual({ looked_at: 1, started: 0 });

  executions.clear();
  await sweepDependencies.runs.begin({ ...runItem(), run_id });
  expect(await sweepIn(15)).toEqual({ looked_at: 1, started: 0 });
  expect(executions.size).toBe(0);
  await sweepDependencies.runs.finish(run_id, {
    status: "FINISHED",
    finished_at: "2026-03-01T12:01:00.000Z",
    counts: { total: 0, completed: 0, failed: 0, blocked: 0, skipped: 0 },
    health: { score: 100, status: "EXCELLENT" },
  });
});

test("a lease that outlived its owner is gone after the next watch", async () => {
  const { watch, watchDependencies } = modules;
  const { runs, fleet, leases } = watchDependencies;
  const run = { ...runItem(), run_id: "watched", started_at: new Date().toISOString() };
  await runs.begin(run);
  const lease = { agentId: "agent_0", runId: run.run_id, wave: 1, weight: 1 };
  await fleet.putLeases(run.config.fleet, [
    { ...lease, pass: 1, expiresAt: Date.now() - 1 },
    { ...lease, pass: 2, expiresAt: Date.now() + 600_000 },
  ]);
  expect(await invoke(watch.createHandler(watchDependencies), {})).toEqual({
    runs: 1,
    fleets: 1,
    expired_leases: 1,
    stuck_agents: 0,
    stuck_runs: 0,
  });
  expect(await leases.list(run.config.fleet)).toMatchObject([{ pass: 2 }]);
});
