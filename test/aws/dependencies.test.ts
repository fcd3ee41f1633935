import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { agentDependencies, queueDependencies, stepDependencies } from "../../lib/aws/dependencies.ts";
import { type Gateway, startGateway } from "../../lib/local/gateway.ts";
import { BUCKET, type Services, startServices, TABLE } from "./emulated-services.ts";

let services: Services;
let gateway: Gateway;

beforeAll(async () => {
  const handlers = {
    states: async () => ({}),
    invokeFunction: async () => ({ payload: "null" }),
    secret: async () => "hush",
  };
  [services, gateway] = await Promise.all([startServices(), startGateway(handlers)]);
});

afterAll(() => Promise.all([services.stop(), gateway.stop()]));

beforeEach(() => {
  const { emulators } = services;
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: gateway.endpoint,
    AWS_ENDPOINT_URL_S3: emulators.s3Endpoint,
    AWS_ENDPOINT_URL_SQS: emulators.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodbEndpoint,
    BUCKET_NAME: BUCKET,
    TABLE_NAME: TABLE,
    STAGE: "dev",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

afterEach(() => vi.unstubAllEnvs());

describe("what every step works with", () => {
  test("reaches the bucket and the table that the environment names", async () => {
    const { objects, fleet, runs, attempts, clock } = stepDependencies();
    await objects.writeText("key", "text");
    expect(await objects.readText("key")).toBe("text");
    expect(await fleet.read("nobody", clock.now())).toEqual({ agents: [], leases: [] });
    expect(await runs.read("never")).toBeUndefined();
    expect(await attempts.list("never", "task")).toEqual([]);
  });

  test("has a clock that waits", async () => {
    const { clock } = stepDependencies();
    await expect(clock.sleep(0)).resolves.toBeUndefined();
  });

  test.each(["BUCKET_NAME", "TABLE_NAME", "STAGE"])("is refused when the stack did not give %s", (name) => {
    vi.stubEnv(name, "");
    expect(() => stepDependencies()).toThrow(
      `environment variable ${name}: expected a value from the stack, received none`,
    );
    vi.stubEnv(name, undefined);
    expect(() => stepDependencies()).toThrow(name);
  });
});

describe("the queues of publish-signals", () => {
  test("are those that the environment names for their phases", async () => {
    const url = await services.createQueue("phase-18");
    const other = await services.createQueue("others");
    vi.stubEnv("PHASE_16_QUEUE_URL", other);
    vi.stubEnv("PHASE_18_QUEUE_URL", url);
    vi.stubEnv("PHASE_20_QUEUE_URL", other);
    await queueDependencies().queues.send([{ phase: 18, body: "[]", runId: "run", wave: 1, count: 0 }]);
    const { Messages } = await services.sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(Messages).toMatchObject([{ Body: "[]" }]);
  });

  test("are refused when one is missing", () => {
    expect(() => queueDependencies()).toThrow("environment variable PHASE_16_QUEUE_URL");
  });
});

describe("what the callers of agents need", () => {
  test("allows agents on loopback in the embedded cloud only", () => {
    expect(agentDependencies().allowLoopback).toBe(false);
    vi.stubEnv("PHASE21_EMBEDDED", "true");
    expect(agentDependencies().allowLoopback).toBe(true);
  });

  test("reads secrets, and calls Lambda once, because the state machine makes the other attempts", async () => {
    const { secrets, lambda } = agentDependencies();
    expect(await secrets.get("a-secret")).toBe("hush");
    expect(await lambda.config.maxAttempts()).toBe(1);
  });
});
