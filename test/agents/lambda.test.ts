import type { ServerResponse } from "node:http";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLambdaCaller } from "../../lib/agents/lambda.ts";
import { aCall, aRequest } from "./agent-calls.ts";
import { answerWith, startServer } from "./loopback-server.ts";

const endpoint = { kind: "lambda", function_name: "agent-function" } as const;

const callService = (url: string, timeoutMs = 20_000) => {
  const lambda = new LambdaClient({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "key" },
    maxAttempts: 1,
  });
  onTestFinished(() => lambda.destroy());
  return createLambdaCaller({ lambda })(endpoint, aCall(endpoint, { timeoutMs }));
};

/** What a Lambda service that responds like this comes to. */
const outcomeOf = async (respond: (response: ServerResponse) => void, timeoutMs?: number) =>
  callService((await startServer(respond)).url, timeoutMs);

const refuseWith = (status: number, name: string) => (response: ServerResponse) => {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": name });
  response.end(JSON.stringify({ Message: "sorry" }));
};

test("a function is invoked with the request as its event, and waited for", async () => {
  const server = await startServer(answerWith({ success: true }));
  await callService(server.url);
  const [received] = server.requests;
  expect(received).toMatchObject({ method: "POST", path: "/2015-03-31/functions/agent-function/invocations" });
  expect(received?.headers["x-amz-invocation-type"]).toBe("RequestResponse");
  expect(JSON.parse(received?.body ?? "")).toEqual(aRequest());
});

describe("answer", () => {
  test("a success is handed on with what the agent reports", async () => {
    const answer = { success: true, output: [1, "é"], cost_usd: 0.01, tokens: 3 };
    expect(await outcomeOf(answerWith(answer))).toEqual({ kind: "answered", answer });
  });

  test("a failure that is not retryable is permanent", async () => {
    const outcome = await outcomeOf(answerWith({ success: false, error: "bad input", tokens: 3 }));
    expect(outcome).toEqual({ kind: "permanent", error: "bad input", tokens: 3 });
  });

  test.each([
    { title: "nothing", body: "", error: "answer is not JSON: received nothing" },
    { title: "null", body: "null", error: "answer breaks the contract: expected an object, received null" },
    { title: "text", body: '"done"', error: 'answer breaks the contract: expected an object, received "done"' },
    { title: "over 200 KiB", body: " ".repeat(204_801), error: "answer is over 200 KiB" },
  ])("a function that returns $title is a permanent failure", async ({ body, error }) => {
    expect(await outcomeOf((response) => response.end(body))).toEqual({ kind: "permanent", error });
  });

  test.each([
    {
      title: "threw",
      body: '{"errorType":"TypeError","errorMessage":"x is\\nundefined","trace":["at x"]}',
      error: "the function failed: TypeError: x is undefined",
    },
    {
      title: "exited",
      body: '{"errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}',
      error: "the function failed: Error: RequestId: 1 Error: Task timed out after 3.00 seconds",
    },
    { title: "says nothing of it", body: "", error: "the function failed: Error: no message" },
    { title: "says something else", body: '{"errorMessage":[[]]}', error: "the function failed: Error: no message" },
    { title: "says null", body: "null", error: "the function failed: Error: no message" },
  ])("a function that $title is a transient failure", async ({ body, error }) => {
    const outcome = await outcomeOf((response) => response.setHeader("x-amz-function-error", "Unhandled").end(body));
    expect(outcome).toEqual({ kind: "transient", error });
  });
});

describe("service", () => {
  test.each([
    [429, "TooManyRequestsException"],
    [400, "ThrottlingException"],
    [409, "ResourceConflictException"],
    [500, "ServiceException"],
    [502, "EC2ThrottledException"],
    [503, "ServiceUnavailableException"],
  ])("%i %s is transient", async (status, name) => {
    expect(await outcomeOf(refuseWith(status, name))).toEqual({ kind: "transient", error: `${name}: sorry` });
  });

  test.each([
    [404, "ResourceNotFoundException"],
    [403, "AccessDeniedException"],
    [400, "InvalidParameterValueException"],
    [400, "InvalidRequestContentException"],
    [413, "RequestTooLargeException"],
  ])("%i %s is permanent", async (status, name) => {
    expect(await outcomeOf(refuseWith(status, name))).toEqual({ kind: "permanent", error: `${name}: sorry` });
  });

  test("a service that cannot be reached is a transient failure", async () => {
    const { url, stop } = await startServer(answerWith({ success: true }));
    await stop();
    expect(await callService(url)).toEqual({ kind: "transient", error: "connection refused" });
  });

  test("a connection closed before the answer is a transient failure", async () => {
    const outcome = await outcomeOf((response) => response.destroy());
    expect(outcome).toEqual({ kind: "transient", error: "connection reset" });
  });
});

describe("time limit", () => {
  test("a function that never answers times out, and its connection is closed", async () => {
    const server = await startServer(() => undefined);
    expect(await callService(server.url, 50)).toEqual({ kind: "timed_out" });
    await server.requests[0]?.closed;
  });

  test("an answer that stops on its way times out, and its connection is closed", async () => {
    const server = await startServer((response) => response.write('{"success":'));
    expect(await callService(server.url, 50)).toEqual({ kind: "timed_out" });
    await server.requests[0]?.closed;
  });
});
