import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { jsonLines, runToEnd, withStack } from "./run.ts";

type Behaviour = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const answer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};

const seen: { readonly path: string; readonly key: string | undefined; readonly body: Record<string, unknown> }[] = [];

const behaviours: Readonly<Record<string, Behaviour>> = {
  "/good": (_request, response, body) => {
    const { task_id } = JSON.parse(body) as { task_id: string };
    answer(response, 200, JSON.stringify({ success: true, output: { done: task_id }, cost_usd: 0.01, tokens: 7 }));
  },
  "/large": (_request, response) =>
    answer(response, 200, JSON.stringify({ success: true, output: "y".repeat(10_000) })),
  "/busy": (_request, response) => answer(response, 503, "{}"),
  "/bad-request": (_request, response) => answer(response, 400, "{}"),
  "/refuses": (_request, response) => answer(response, 200, '{"success":false,"error":"no such repository"}'),
  "/garbage": (_request, response) => answer(response, 200, "<html>"),
  "/redirect": (_request, response) => answer(response, 302, "", { location: "/good" }),
  "/hang": () => {},
  "/late": (_request, response) => void setTimeout(() => answer(response, 200, '{"success":true}'), 1_500).unref(),
  "/closes": (request) => request.socket.destroy(),
};

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const path = request.url ?? "";
    seen.push({
      path,
      key: request.headers["idempotency-key"]?.toString(),
      body: JSON.parse(body) as Record<string, unknown>,
    });
    behaviours[path]?.(request, response, body);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const agent = (path: string, more: object = {}) => {
  const { port } = server.address() as AddressInfo;
  return { id: path.slice(1), endpoint: { kind: "http", url: `http://127.0.0.1:${port}${path}` }, ...more };
};

describe("a fleet of real HTTP agents", () => {
  test("each task ends as its agent answered, whatever the others do", { timeout: 60_000 }, async () => {
    const paths = Object.keys(behaviours);
    const schedule = jsonLines(paths.map((path) => ({ task_id: `task-${path.slice(1)}`, agent_id: path.slice(1) })));
    const predictions = jsonLines(
      paths.map((path) => ({ task_id: `task-${path.slice(1)}`, payload: { ask: path }, customer: "acme" })),
    );
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions,
        schedule,
        config: { task_timeout_seconds: 1, max_retries: 2, num_waves: 3 },
        agents: { agents: paths.map((path) => agent(path)) },
      });
      const ends = Object.fromEntries(run.records.map((record) => [record.task_id.slice(5), record]));
      expect(
        Object.fromEntries(Object.entries(ends).map(([id, { status, reason }]) => [id, reason ?? status])),
      ).toEqual({
        good: "COMPLETED",
        large: "COMPLETED",
        busy: "retries_exhausted",
        "bad-request": "permanent",
        refuses: "permanent",
        garbage: "permanent",
        redirect: "permanent",
        hang: "timed_out",
        late: "timed_out",
        closes: "retries_exhausted",
      });
      expect(ends["good"]).toMatchObject({ output: { done: "task-good" }, attempts: 1 });
      expect(ends["good"]?.attempt_log[0]).toMatchObject({ cost_usd: 0.01, tokens: 7 });
      expect(ends["large"]).toMatchObject({
        output_key: `runs/${run.runId}/outputs/task-large.json`,
        output_bytes: 10_002,
      });
      expect(await stack.objects.readText(ends["large"]?.output_key ?? "")).toBe(JSON.stringify("y".repeat(10_000)));
      expect(ends["refuses"]?.error).toContain("no such repository");
      expect(run.health.agents["hang"]?.status).toBe("OFFLINE");

      const asked = seen.filter(({ path }) => path === "/busy");
      // Two retries after the first attempt, in each of two passes on the only agent that the task may go to.
      expect(asked.map(({ body }) => body["attempt"])).toEqual([1, 2, 3, 1, 2, 3]);
      expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
      expect(asked[0]?.key).toBe(asked[0]?.body["idempotency_key"]);
      expect(asked[0]?.body).toMatchObject({
        run_id: run.runId,
        task_id: "task-busy",
        payload: { ask: "/busy" },
        fields: { customer: "acme" },
      });
    });
  });

  test(
    "a rate-limited agent is called over time, not at once, and nothing fails for it",
    { timeout: 60_000 },
    async () => {
      await withStack(0.001, async (stack) => {
        seen.length = 0;
        const run = await runToEnd(stack, {
          predictions: jsonLines(Array.from({ length: 12 }, (_, index) => ({ task_id: `slow-${index}` }))),
          config: { num_waves: 1 },
          agents: { agents: [agent("/good", { rate_limit_per_second: 20 })] },
        });
        expect(run.summary.tasks).toMatchObject({ total: 12, completed: 12 });
        const starts = run.records
          .map(({ attempt_log }) => Date.parse(attempt_log[0]?.started_at ?? ""))
          .toSorted((a, b) => a - b);
        // Twelve slots are 550 ms apart; half of it leaves room for a first call that starts late in its slot.
        expect(starts.at(-1)! - starts[0]!).toBeGreaterThanOrEqual(275);
      });
    },
  );
});
