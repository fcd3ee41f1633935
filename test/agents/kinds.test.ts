import { LambdaClient } from "@aws-sdk/client-lambda";
import { expect, onTestFinished, test } from "vitest";
import { createAgentCaller } from "../../lib/agents/kinds.ts";
import type { Endpoint } from "../../lib/domain/agent.ts";
import { aContext, anAgent, aRequest } from "./agent-calls.ts";
import { answerWith, startServer } from "./loopback-server.ts";

/** Calls an agent where every HTTP call, the SDK's too, reaches one server that answers each path with the path. */
const callAgent = async (endpointAt: (url: string) => Endpoint) => {
  const server = await startServer((response, path) => answerWith({ success: true, output: path })(response));
  const lambda = new LambdaClient({
    endpoint: server.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "key" },
    maxAttempts: 1,
  });
  onTestFinished(() => lambda.destroy());
  const call = createAgentCaller({
    sleep: () => Promise.resolve(),
    secrets: { get: () => Promise.reject(new Error("no secret is needed")) },
    lambda,
    allowLoopback: true,
  });
  return call(anAgent(endpointAt(server.url)), aRequest(), aContext());
};

test.each<{ title: string; endpointAt: (url: string) => Endpoint; output: unknown }>([
  {
    title: "simulated",
    endpointAt: () => ({ kind: "simulated", bias: 0, transient_rate: 0, latency_ms: 0, hang_rate: 0, crash_rate: 0 }),
    output: { simulated: true },
  },
  { title: "http", endpointAt: (url) => ({ kind: "http", url: `${url}agent` }), output: "/agent" },
  {
    title: "lambda",
    endpointAt: () => ({ kind: "lambda", function_name: "agent" }),
    output: "/2015-03-31/functions/agent/invocations",
  },
])("an agent of kind $title is called as its kind is", async ({ endpointAt, output }) => {
  expect(await callAgent(endpointAt)).toEqual({ kind: "answered", answer: { success: true, output } });
});
