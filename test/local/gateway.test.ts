import { connect } from "node:net";
import { once } from "node:events";
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient, ListFunctionsCommand, type InvokeCommandInput } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { AwsError } from "../../lib/local/aws-error.ts";
import { type Gateway, type GatewayHandlers, startGateway } from "../../lib/local/gateway.ts";

const handlers = {
  states: vi.fn<GatewayHandlers["states"]>(),
  invokeFunction: vi.fn<GatewayHandlers["invokeFunction"]>(),
  secret: vi.fn<GatewayHandlers["secret"]>(),
};
const clients: { destroy(): void }[] = [];
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway(handlers);
});

beforeEach(() => Object.values(handlers).forEach((handler) => handler.mockReset()));

afterEach(() => clients.splice(0).forEach((client) => client.destroy()));

afterAll(async () => gateway.stop());

/** A client of the gateway; one more attempt would show as a second call of a handler. */
function clientOf<Client extends { destroy(): void }>(
  clientClass: new (options: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  }) => Client,
): Client {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new clientClass({ endpoint: gateway.endpoint, region: "us-east-1", credentials });
  clients.push(client);
  return client;
}

describe("Step Functions", () => {
  const start = new StartExecutionCommand({ stateMachineArn: "arn:machine", input: '{"a":"ü"}' });

  test("an operation reaches its handler and the answer comes back, Dates included", async () => {
    const startDate = new Date("2026-01-02T03:04:05.250Z");
    handlers.states.mockResolvedValue({ executionArn: "arn:execution", startDate });
    const output = await clientOf(SFNClient).send(start);
    expect(handlers.states.mock.lastCall).toEqual([
      "StartExecution",
      { stateMachineArn: "arn:machine", input: '{"a":"ü"}' },
    ]);
    expect(output).toMatchObject({ executionArn: "arn:execution", startDate });
  });

  test("an AwsError of the handler is the service's exception for the client", async () => {
    handlers.states.mockRejectedValue(new AwsError("ExecutionDoesNotExist", "no execution arn:x"));
    const describing = clientOf(SFNClient).send(new DescribeExecutionCommand({ executionArn: "arn:x" }));
    await expect(describing).rejects.toMatchObject({ name: "ExecutionDoesNotExist", message: "no execution arn:x" });
  });

  test("a bug of a handler reaches the client at once, without the call being tried again", async () => {
    handlers.states.mockRejectedValue(new TypeError("undefined is not a function"));
    await expect(clientOf(SFNClient).send(start)).rejects.toMatchObject({
      name: "InternalFailure",
      message: "the embedded cloud failed: TypeError: undefined is not a function",
    });
    expect(handlers.states).toHaveBeenCalledOnce();
  });

  test("a body that is not JSON is refused", async () => {
    const headers = { "x-amz-target": "AWSStepFunctions.StartExecution" };
    const response = await fetch(gateway.endpoint, { method: "POST", headers, body: "{" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: "SerializationException" });
  });
});

describe("Lambda", () => {
  const invoke = async (input: Partial<InvokeCommandInput> = {}) =>
    clientOf(LambdaClient).send(new InvokeCommand({ FunctionName: "a-function", Payload: '{"a":1}', ...input }));

  test("an invocation reaches its handler and the payload comes back", async () => {
    handlers.invokeFunction.mockResolvedValue({ payload: '{"b":2}' });
    const output = await invoke();
    expect(handlers.invokeFunction.mock.lastCall).toEqual(["a-function", '{"a":1}']);
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(output.FunctionError).toBeUndefined();
    expect(output.Payload?.transformToString()).toBe('{"b":2}');
  });

  test("a function that fails gives FunctionError and the error as payload", async () => {
    const error = { errorType: "Phase21.Final", errorMessage: "no more", trace: ["Error: no more"] };
    handlers.invokeFunction.mockResolvedValue({ functionError: "Unhandled", ...error });
    const output = await invoke();
    expect(output.FunctionError).toBe("Unhandled");
    expect(JSON.parse(output.Payload?.transformToString() ?? "")).toEqual(error);
  });

  test.each([
    "arn:aws:lambda:us-east-1:000000000000:function:a-function",
    "arn:aws:lambda:us-east-1:000000000000:function:a-function:$LATEST",
    "000000000000:function:a-function",
    "a-function:$LATEST",
  ])("a function is found by %s", async (FunctionName) => {
    handlers.invokeFunction.mockResolvedValue({ payload: "null" });
    await invoke({ FunctionName });
    expect(handlers.invokeFunction.mock.lastCall?.[0]).toBe("a-function");
  });

  test("an invocation without a payload has the event {}", async () => {
    handlers.invokeFunction.mockResolvedValue({ payload: "null" });
    await clientOf(LambdaClient).send(new InvokeCommand({ FunctionName: "a-function" }));
    expect(handlers.invokeFunction.mock.lastCall?.[1]).toBe("{}");
  });

  test("a payload of 6 MiB passes", async () => {
    handlers.invokeFunction.mockResolvedValue({ payload: "null" });
    await invoke({ Payload: JSON.stringify("x".repeat(6 * 1024 * 1024 - 2)) });
    expect(handlers.invokeFunction.mock.lastCall?.[1]).toHaveLength(6 * 1024 * 1024);
  });

  test("a larger one is refused", async () => {
    await expect(invoke({ Payload: "1".repeat(8 * 1024 * 1024) })).rejects.toMatchObject({
      name: "RequestTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
  });

  test("an AwsError keeps its HTTP status", async () => {
    handlers.invokeFunction.mockRejectedValue(new AwsError("ResourceNotFoundException", "no such function", 404));
    await expect(invoke()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "no such function",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("an asynchronous invocation is refused", async () => {
    await expect(invoke({ InvocationType: "Event" })).rejects.toMatchObject({ name: "NotImplemented" });
  });
});

describe("Secrets Manager", () => {
  test("a secret is read by its name", async () => {
    handlers.secret.mockResolvedValue("hush");
    const output = await clientOf(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId: "a-secret" }));
    expect(output).toMatchObject({ Name: "a-secret", SecretString: "hush" });
  });

  test("a secret that is not there gives the service's exception", async () => {
    handlers.secret.mockRejectedValue(new AwsError("ResourceNotFoundException", "no secret a-secret"));
    const reading = clientOf(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId: "a-secret" }));
    await expect(reading).rejects.toMatchObject({ name: "ResourceNotFoundException", message: "no secret a-secret" });
  });

  test("a request that names no secret is refused", async () => {
    const headers = { "x-amz-target": "secretsmanager.GetSecretValue" };
    const response = await fetch(gateway.endpoint, { method: "POST", headers, body: "{}" });
    expect(await response.json()).toMatchObject({ __type: "InvalidParameterException" });
  });
});

describe("CloudFormation", () => {
  const describing = async (StackName?: string) => {
    const described = await startGateway({ ...handlers, outputs: { BucketName: "bucket", Odd: '<a&"b">' } });
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new CloudFormationClient({ endpoint: described.endpoint, region: "us-east-1", credentials });
    onTestFinished(async () => {
      client.destroy();
      await described.stop();
    });
    return client.send(new DescribeStacksCommand(StackName === undefined ? {} : { StackName }));
  };

  test("the stack is described by its name, by its id and among all stacks", async () => {
    const { Stacks: [stack] = [] } = await describing("Phase21-embedded");
    expect(stack).toMatchObject({
      StackName: "Phase21-embedded",
      StackStatus: "CREATE_COMPLETE",
      Outputs: [
        { OutputKey: "BucketName", OutputValue: "bucket" },
        { OutputKey: "Odd", OutputValue: '<a&"b">' },
      ],
    });
    expect(stack?.CreationTime?.getTime()).toBeLessThanOrEqual(Date.now());
    expect((await describing(stack?.StackId)).Stacks).toEqual([stack]);
    expect((await describing()).Stacks).toEqual([stack]);
  });

  test("another stack does not exist", async () => {
    await expect(describing("Other")).rejects.toMatchObject({
      name: "ValidationError",
      message: "Stack with id Other does not exist",
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
  });
});

describe("what the embedded cloud does not have", () => {
  test.each([
    [
      "a JSON service",
      SecretsManagerClient,
      new ListSecretsCommand({}),
      'secretsmanager.ListSecrets of the service "secretsmanager"',
    ],
    ["a REST service", LambdaClient, new ListFunctionsCommand({}), 'GET /2015-03-31/functions of the service "lambda"'],
    ["a query service", CloudFormationClient, new ListStacksCommand({}), 'POST / of the service "cloudformation"'],
    ["S3", S3Client, new ListBucketsCommand({}), 'GET / of the service "s3"'],
  ] as const)("is refused by name to a client of %s", async (_, clientClass, command, call) => {
    const client = clientOf<{ destroy(): void; send(command: unknown): Promise<unknown> }>(clientClass);
    await expect(client.send(command)).rejects.toMatchObject({
      name: "NotImplemented",
      message: `the embedded cloud does not have ${call}`,
      $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });

  test("is refused to a caller that signs nothing, too", async () => {
    const response = await fetch(`${gateway.endpoint}/some/where?q=1`);
    expect(response.status).toBe(501);
    const message = 'the embedded cloud does not have GET /some/where of the service "unknown"';
    expect(await response.json()).toEqual({ __type: "NotImplemented", message });
  });
});

test("a client that goes away in the middle of a request does no harm", async () => {
  const socket = connect(Number(new URL(gateway.endpoint).port), "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{");
  await once(socket, "connect");
  socket.resetAndDestroy();
  await once(socket, "close");
  handlers.secret.mockResolvedValue("hush");
  const output = await clientOf(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId: "a-secret" }));
  expect(output.SecretString).toBe("hush");
});

test("a stop closes connections under an answer that is still awaited", async () => {
  const received = Promise.withResolvers<void>();
  const other = await startGateway({
    ...handlers,
    secret: async () => {
      received.resolve();
      return new Promise(() => {});
    },
  });
  const headers = { "x-amz-target": "secretsmanager.GetSecretValue" };
  const waiting = fetch(other.endpoint, { method: "POST", headers, body: '{"SecretId":"s"}' });
  await received.promise;
  const [answered] = await Promise.allSettled([waiting, other.stop()]);
  expect(answered.status).toBe("rejected");
  await expect(fetch(other.endpoint)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
});
