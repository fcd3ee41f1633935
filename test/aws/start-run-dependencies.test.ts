import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { startRunDependencies } from "../../lib/aws/start-run-dependencies.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { type Gateway, type GatewayHandlers, startGateway } from "../../lib/local/gateway.ts";

const states = vi.fn<GatewayHandlers["states"]>();
const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:Run";
let gateway: Gateway;

beforeAll(async () => {
  const invokeFunction = async () => ({ payload: "null" });
  gateway = await startGateway({ states, invokeFunction, secret: async () => "" });
});

afterAll(() => gateway.stop());

beforeEach(() => {
  states.mockReset();
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  vi.stubEnv("AWS_ENDPOINT_URL", gateway.endpoint);
  vi.stubEnv("STATE_MACHINE_ARN", stateMachineArn);
});

afterEach(() => vi.unstubAllEnvs());

test("an execution is started under its name, with its input", async () => {
  states.mockResolvedValue({ executionArn: "arn", startDate: new Date() });
  expect(await startRunDependencies().startExecution("run-1", { run_id: "run-1" })).toBe(true);
  expect(states.mock.lastCall).toEqual([
    "StartExecution",
    { stateMachineArn, name: "run-1", input: '{"run_id":"run-1"}' },
  ]);
});

test("an execution of a name that exists is not started, which is no fault", async () => {
  states.mockRejectedValue(new AwsError("ExecutionAlreadyExists", "Execution Already Exists: 'arn'"));
  expect(await startRunDependencies().startExecution("run-1", {})).toBe(false);
});

test("every other fault is thrown", async () => {
  states.mockRejectedValue(new AwsError("StateMachineDoesNotExist", "no state machine"));
  await expect(startRunDependencies().startExecution("run-1", {})).rejects.toMatchObject({
    name: "StateMachineDoesNotExist",
  });
});

test("a stack that did not name its state machine is refused", () => {
  vi.stubEnv("STATE_MACHINE_ARN", undefined);
  expect(() => startRunDependencies()).toThrow(
    "environment variable STATE_MACHINE_ARN: expected a value from the stack",
  );
});
