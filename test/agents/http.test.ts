import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { EndpointOf } from "../../lib/agents/agent-call.ts";
import { createHttpCaller } from "../../lib/agents/http.ts";
import type { HttpDependencies } from "../../lib/agents/post-json.ts";
import { aCall, aRequest } from "./agent-calls.ts";
import { answerWith, startServer } from "./loopback-server.ts";

interface Options extends Partial<HttpDependencies>, Partial<Omit<EndpointOf<"http">, "kind" | "url">> {
  readonly timeoutMs?: number;
}

const noSecrets = { get: () => Promise.reject(new Error("no secret is needed")) };

/** Calls an agent at a URL; loopback is allowed. */
const callUrl = (url: string, options: Options = {}) => {
  const { timeoutMs = 20_000, secrets = noSecrets, allowLoopback = true, ...fields } = options;
  const endpoint = { kind: "http", url, ...fields } as const;
  return createHttpCaller({ secrets, allowLoopback })(endpoint, aCall(endpoint, { timeoutMs }));
};

/** What an agent that answers as `respond` does comes to. */
const outcomeOf = async (respond: (response: ServerResponse) => void, options: Options = {}) =>
  callUrl((await startServer(respond)).url, options);

/** Bytes of a well-formed answer that is exactly as long as asked for. */
const answerOf = (bytes: number): string => {
  const empty = JSON.stringify({ success: true, output: "" });
  return JSON.stringify({ success: true, output: "x".repeat(bytes - empty.length) });
};

describe("request", () => {
  test("an agent is sent the request by POST as JSON", async () => {
    const server = await startServer(answerWith({ success: true }));
    await callUrl(`${server.url}tasks?v=1`);
    const [received] = server.requests;
    expect(received).toMatchObject({ method: "POST", path: "/tasks?v=1" });
    expect(received?.headers).toMatchObject({ "content-type": "application/json", "idempotency-key": "key-1" });
    expect(received?.headers).not.toHaveProperty("authorization");
    expect(JSON.parse(received?.body ?? "")).toEqual(aRequest());
  });

  test.each([
    { title: "authorization, where no header is named", options: {}, header: "authorization" },
    { title: "the header that the endpoint names", options: { secret_header: "X-Api-Key" }, header: "x-api-key" },
  ])("the secret is sent as $title", async ({ options, header }) => {
    const server = await startServer(answerWith({ success: true }));
    const secrets = { get: (name: string) => Promise.resolve(`text of ${name}`) };
    await callUrl(server.url, { secret_name: "agent-key", secrets, ...options });
    expect(server.requests[0]?.headers[header]).toBe("text of agent-key");
  });

  test("the line break at the end of a secret's text is not sent", async () => {
    const server = await startServer(answerWith({ success: true }));
    await callUrl(server.url, { secret_name: "agent-key", secrets: { get: () => Promise.resolve("abc\n") } });
    expect(server.requests[0]?.headers.authorization).toBe("abc");
  });

  test.each([
    {
      title: "cannot be read",
      get: () => Promise.reject(new Error("no such secret")),
      error: "secret agent-key cannot be read: Error: no such secret",
    },
    { title: "is empty", get: () => Promise.resolve("\n"), error: "secret agent-key is empty" },
    {
      title: "does not fit a header",
      get: () => Promise.resolve("top\nsecret"),
      error: "secret agent-key cannot be sent as header authorization",
    },
  ])("an agent whose secret $title is not called", async ({ get, error }) => {
    const server = await startServer(answerWith({ success: true }));
    const outcome = await callUrl(server.url, { secret_name: "agent-key", secrets: { get } });
    expect(outcome).toEqual({ kind: "permanent", error });
    expect(server.requests).toEqual([]);
  });
});

describe("address", () => {
  test("an agent on loopback is not called unless that is allowed", async () => {
    const server = await startServer(answerWith({ success: true }));
    const outcome = await callUrl(server.url, { allowLoopback: false });
    expect(outcome).toEqual({
      kind: "permanent",
      error: "endpoint.url: expected https, received http to a loopback address, which only local runs may call",
    });
    expect(server.requests).toEqual([]);
  });

  test("localhost is loopback", async () => {
    const server = await startServer(answerWith({ success: true }));
    expect(await callUrl(`http://localhost:${server.port}/`)).toMatchObject({ kind: "answered" });
  });

  test.each([
    ["http://example.com/", "expected https, received http to example.com"],
    ["http://127.0.0.1.example.com/", "expected https, received http to 127.0.0.1.example.com"],
    ["http://10.0.0.1/", "expected https, received http to 10.0.0.1"],
    ["http://[::2]/", "expected https, received http to [::2]"],
    ["ftp://localhost/", "expected https, received ftp to localhost"],
    ["https://user:password@example.com/", "expected no user name or password in it, use secret_name"],
    ["https://user@example.com/", "expected no user name or password in it, use secret_name"],
    ["https://:password@example.com/", "expected no user name or password in it, use secret_name"],
    ["agent.example.com", "expected an absolute url"],
  ])("%s is not called", async (url, reason) => {
    expect(await callUrl(url)).toEqual({ kind: "permanent", error: `endpoint.url: ${reason}` });
  });

  test("https needs no leave", async () => {
    const { port, stop } = await startServer(answerWith({ success: true }));
    await stop();
    const outcome = callUrl(`https://127.0.0.1:${port}/`, { allowLoopback: false });
    expect(await outcome).toEqual({ kind: "transient", error: "connection refused" });
  });
});

describe("answer", () => {
  test("a success is handed on with what the agent reports", async () => {
    const answer = { success: true, output: { text: "naïve" }, cost_usd: 0.002, tokens: 120 };
    expect(await outcomeOf(answerWith(answer))).toEqual({ kind: "answered", answer });
  });

  test.each([
    { title: "retryable is transient", answer: { success: false, error: "busy", retryable: true }, kind: "transient" },
    { title: "not retryable is permanent", answer: { success: false, error: "busy" }, kind: "permanent" },
  ])("a failure that is $title", async ({ answer, kind }) => {
    expect(await outcomeOf(answerWith(answer))).toEqual({ kind, error: "busy" });
  });

  test.each([408, 425, 429, 500, 502, 503, 504])("HTTP %i is transient", async (status) => {
    const outcome = await outcomeOf((response) => response.writeHead(status).end("down"));
    expect(outcome).toEqual({ kind: "transient", error: `HTTP ${status}` });
  });

  test.each([400, 401, 403, 404, 409, 410, 422])("HTTP %i is permanent", async (status) => {
    const outcome = await outcomeOf((response) => response.writeHead(status).end("no"));
    expect(outcome).toEqual({ kind: "permanent", error: `HTTP ${status}` });
  });

  test("the status is enough where the rest of a refusal never comes", async () => {
    const outcome = await outcomeOf((response) => response.writeHead(503, { "content-length": 100 }).write("down"));
    expect(outcome).toEqual({ kind: "transient", error: "HTTP 503" });
  });

  test.each([301, 302, 303, 307, 308])("HTTP %i is permanent and not followed", async (status) => {
    const server = await startServer((response) => response.writeHead(status, { location: "/elsewhere" }).end());
    const outcome = await callUrl(server.url);
    expect(outcome).toEqual({ kind: "permanent", error: `HTTP ${status}: redirects are not followed` });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    {
      title: "text that is not JSON",
      body: "<html>oops</html>",
      error: "answer is not JSON: received <html>oops</html>",
    },
    { title: "nothing", body: "", error: "answer is not JSON: received nothing" },
    {
      title: "JSON that is not the contract",
      body: '{"ok":true}',
      error: "answer breaks the contract: success: expected true or false, received nothing",
    },
  ])("$title is permanent", async ({ body, error }) => {
    expect(await outcomeOf((response) => response.end(body))).toEqual({ kind: "permanent", error });
  });

  test("an empty answer with status 204 is permanent", async () => {
    expect(await outcomeOf((response) => response.writeHead(204).end())).toMatchObject({ kind: "permanent" });
  });

  test("an answer that claims to be compressed and is not is permanent", async () => {
    const outcome = await outcomeOf((response) => response.setHeader("content-encoding", "gzip").end("plain"));
    expect(outcome).toEqual({ kind: "permanent", error: "answer cannot be decompressed" });
  });
});

describe("size", () => {
  test("an answer of 200 KiB is read", async () => {
    expect(await outcomeOf((response) => response.end(answerOf(204_800)))).toMatchObject({ kind: "answered" });
  });

  test("an answer of 200 KiB and a byte is permanent", async () => {
    const outcome = await outcomeOf((response) => response.end(answerOf(204_801)));
    expect(outcome).toEqual({ kind: "permanent", error: "answer is over 200 KiB" });
  });

  test("an answer without an end is read no further than the limit, then the connection is closed", async () => {
    const server = await startServer((response) => response.write("x".repeat(300 * 1024)));
    expect(await callUrl(server.url)).toEqual({ kind: "permanent", error: "answer is over 200 KiB" });
    await server.requests[0]?.closed;
  });

  test("a compressed answer counts by what it expands to", async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, " "));
    expect(bomb.byteLength).toBeLessThan(200 * 1024);
    const outcome = await outcomeOf((response) => response.setHeader("content-encoding", "gzip").write(bomb));
    expect(outcome).toEqual({ kind: "permanent", error: "answer is over 200 KiB" });
  });

  test("a compressed answer within the limit is read", async () => {
    const answer = gzipSync(JSON.stringify({ success: true, output: 1 }));
    const outcome = await outcomeOf((response) => response.setHeader("content-encoding", "gzip").end(answer));
    expect(outcome).toEqual({ kind: "answered", answer: { success: true, output: 1 } });
  });
});

describe("network", () => {
  test("nobody listening is transient", async () => {
    const { url, stop } = await startServer(answerWith({ success: true }));
    await stop();
    expect(await callUrl(url)).toEqual({ kind: "transient", error: "connection refused" });
  });

  test.each([
    { title: "before", respond: (response: ServerResponse) => response.destroy() },
    {
      title: "within",
      respond: (response: ServerResponse) =>
        response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy()),
    },
  ])("a connection closed $title the answer is transient", async ({ respond }) => {
    expect(await outcomeOf(respond)).toEqual({ kind: "transient", error: "connection closed" });
  });
});

describe("time limit", () => {
  test("an agent that never answers times out, and its connection is closed", async () => {
    const server = await startServer(() => undefined);
    expect(await callUrl(server.url, { timeoutMs: 50 })).toEqual({ kind: "timed_out" });
    await server.requests[0]?.closed;
  });

  test("an agent that stops within its answer times out, and its connection is closed", async () => {
    const server = await startServer((response) => response.write('{"success":'));
    expect(await callUrl(server.url, { timeoutMs: 50 })).toEqual({ kind: "timed_out" });
    await server.requests[0]?.closed;
  });

  test("an answer after the time limit is not heard", async () => {
    const held: ServerResponse[] = [];
    const server = await startServer((response) => held.push(response));
    const outcome = await callUrl(server.url, { timeoutMs: 50.5 });
    held[0]?.end(JSON.stringify({ success: true }));
    expect(outcome).toEqual({ kind: "timed_out" });
  });
});
