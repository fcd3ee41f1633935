import type { ServerResponse } from "node:http";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AgentDependencies } from "../../lib/agents/kinds.ts";
import { createSafetyGateCaller } from "../../lib/agents/safety-gate.ts";
import type { SafetyGate, SafetyGateRequest } from "../../lib/domain/safety-gate.ts";
import { answerWith, startServer } from "./loopback-server.ts";

const request: SafetyGateRequest = {
  check: "check_safety_gates",
  run_id: "run-1",
  wave: 2,
  task_id: "task-1",
  agent_id: "agent_0",
  attempt: 1,
  payload: { text: "café" },
  constraints: { denied_agents: ["agent_9"] },
};

const dependenciesOf = (lambdaUrl: string, fields: Partial<AgentDependencies> = {}): AgentDependencies => {
  const lambda = new LambdaClient({
    endpoint: lambdaUrl,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "key" },
    maxAttempts: 1,
  });
  onTestFinished(() => lambda.destroy());
  return {
    sleep: () => Promise.reject(new Error("nothing is waited for")),
    secrets: { get: () => Promise.reject(new Error("no such secret")) },
    lambda,
    allowLoopback: true,
    ...fields,
  };
};

const kinds = ["http", "lambda"] as const;
type Kind = (typeof kinds)[number];

/** Asks a gate of the kind that is answered by the server. */
const askGate = async (
  kind: Kind,
  respond: (response: ServerResponse) => void,
  { timeoutSeconds = 20, ...fields }: { timeoutSeconds?: number; secret_name?: string } = {},
  more: Partial<AgentDependencies> = {},
) => {
  const server = await startServer(respond);
  const timeout_seconds = timeoutSeconds;
  const gate: SafetyGate =
    kind === "http"
      ? { kind, url: `${server.url}check?key=hidden`, timeout_seconds, ...fields }
      : { kind, function_name: "phase-13", timeout_seconds };
  const verdict = await createSafetyGateCaller(dependenciesOf(server.url, more))(gate, request);
  const where = kind === "http" ? `127.0.0.1:${server.port}` : "phase-13";
  return { verdict, server, refusal: (what: string) => refusal(where, what) };
};

const refusal = (where: string, what: string) => ({
  pass: false,
  reasons: [`the Phase 13 gate at ${where} ${what}`],
});

describe.each(kinds)("a gate by %s", (kind) => {
  test("is sent what it is to check, and passes the attempt", async () => {
    const { verdict, server } = await askGate(kind, answerWith({ pass: true }));
    expect(verdict).toEqual({ pass: true });
    expect(server.requests).toHaveLength(1);
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual(request);
  });

  test("refuses the attempt with its reasons", async () => {
    const answer = { pass: false, reasons: ["too risky", "not now"] };
    expect((await askGate(kind, answerWith(answer))).verdict).toEqual(answer);
  });

  test("that never answers has refused when its own time is up, and its connection is closed", async () => {
    const { verdict, server, refusal: refused } = await askGate(kind, () => undefined, { timeoutSeconds: 0.1 });
    expect(verdict).toEqual(refused("did not answer within 0.1 s"));
    await server.requests[0]?.closed;
  });

  test("that stops within its answer has refused when its time is up", async () => {
    const stop = (response: ServerResponse) => response.writeHead(200).write('{"pass":true');
    const { verdict, refusal: refused } = await askGate(kind, stop, { timeoutSeconds: 0.1 });
    expect(verdict).toEqual(refused("did not answer within 0.1 s"));
  });

  test.each([
    { title: "text that is not JSON", body: "yes", what: "answered what is not JSON" },
    { title: "nothing", body: "", what: "answered what is not JSON" },
    { title: "over 64 KiB", body: `{"pass":true}${" ".repeat(65_536)}`, what: "answered more than 64 KiB" },
  ])("that answers $title has refused", async ({ body, what }) => {
    const { verdict, refusal: refused } = await askGate(kind, (response) => response.end(body));
    expect(verdict).toEqual(refused(what));
  });

  test("that answers 64 KiB is heard", async () => {
    const body = `{"pass":true}${" ".repeat(65_536 - 13)}`;
    expect((await askGate(kind, (response) => response.end(body))).verdict).toEqual({ pass: true });
  });

  test("that closes the connection has refused", async () => {
    const { verdict } = await askGate(kind, (response) => response.destroy());
    expect(verdict).toMatchObject({ pass: false, reasons: [expect.stringContaining(" did not answer: ")] });
  });
});

describe("by http", () => {
  test.each([201, 202, 204, 301, 307, 400, 403, 404, 429, 500, 503])(
    "the status %i is a refusal, whatever the answer says",
    async (status) => {
      const respond = (response: ServerResponse) =>
        response.writeHead(status, { location: "/" }).end(status === 204 ? undefined : '{"pass":true}');
      const { verdict, server, refusal: refused } = await askGate("http", respond);
      expect(verdict).toEqual(refused(`answered HTTP ${status}, not 200`));
      expect(server.requests).toHaveLength(1);
    },
  );

  test("nobody listening is a refusal", async () => {
    const { port, url, stop } = await startServer(answerWith({ pass: true }));
    await stop();
    const verdict = await createSafetyGateCaller(dependenciesOf(url))(
      { kind: "http", url, timeout_seconds: 5 },
      request,
    );
    expect(verdict).toEqual(refusal(`127.0.0.1:${port}`, "did not answer: connection refused"));
  });

  test("an answer that cannot be decompressed is a refusal", async () => {
    const respond = (response: ServerResponse) => response.setHeader("content-encoding", "gzip").end('{"pass":true}');
    const { verdict, refusal: refused } = await askGate("http", respond);
    expect(verdict).toEqual(refused("answered what cannot be decompressed"));
  });

  test("the secret that the gate names is sent", async () => {
    const secrets = { get: (name: string) => Promise.resolve(`text of ${name}`) };
    const { server } = await askGate("http", answerWith({ pass: true }), { secret_name: "gate-key" }, { secrets });
    expect(server.requests[0]?.headers.authorization).toBe("text of gate-key");
  });

  test("a gate whose secret cannot be read is not asked, and so has refused", async () => {
    const asked = await askGate("http", answerWith({ pass: true }), { secret_name: "gate-key" });
    expect(asked.verdict).toEqual(
      asked.refusal("was not asked: secret gate-key cannot be read: Error: no such secret"),
    );
    expect(asked.server.requests).toEqual([]);
  });

  test("a secret that is never read takes no longer than the gate may", async () => {
    const secrets = { get: () => new Promise<string>(() => {}) };
    const options = { secret_name: "gate-key", timeoutSeconds: 0.1 };
    const { verdict, refusal: refused } = await askGate("http", answerWith({ pass: true }), options, { secrets });
    expect(verdict).toEqual(refused("did not answer within 0.1 s"));
  });

  test("a gate on loopback is asked on the embedded cloud only", async () => {
    const { verdict, server } = await askGate("http", answerWith({ pass: true }), {}, { allowLoopback: false });
    expect(verdict).toMatchObject({ pass: false, reasons: [expect.stringContaining("was not asked: ")] });
    expect(server.requests).toEqual([]);
  });

  test("an address that is no url is not asked", async () => {
    const verdict = await createSafetyGateCaller(dependenciesOf("http://127.0.0.1:1/"))(
      { kind: "http", url: "gate", timeout_seconds: 5 },
      request,
    );
    expect(verdict).toEqual(refusal("no valid url", "was not asked: endpoint.url: expected an absolute url"));
  });
});

describe("by lambda", () => {
  test("a function that fails has refused, whatever it returns", async () => {
    const respond = (response: ServerResponse) =>
      response.setHeader("x-amz-function-error", "Unhandled").end('{"pass":true,"errorType":"E","errorMessage":"no"}');
    const { verdict, refusal: refused } = await askGate("lambda", respond);
    expect(verdict).toEqual(refused("did not answer: the function failed: E: no"));
  });

  test("a function that is not there has refused", async () => {
    const respond = (response: ServerResponse) => {
      response.writeHead(404, { "content-type": "application/json", "x-amzn-errortype": "ResourceNotFoundException" });
      response.end(JSON.stringify({ Message: "no function" }));
    };
    const { verdict, refusal: refused } = await askGate("lambda", respond);
    expect(verdict).toEqual(refused("did not answer: ResourceNotFoundException: no function"));
  });
});
