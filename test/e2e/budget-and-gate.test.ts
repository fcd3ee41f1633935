import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, test } from "vitest";

import { jsonLines, runToEnd, withStack } from "./run.ts";

const COST_USD = 5;
const CAPACITY = 10;

/** Paths that were asked, in order. */
const asked: string[] = [];

const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const { task_id } = JSON.parse(body) as { task_id: string };
    const answers: Readonly<Record<string, unknown>> = {
      "/greedy": { success: true, cost_usd: COST_USD, tokens: 1_000 },
      "/gate": task_id === "t3" ? { pass: false, reasons: ["t3 is too risky"] } : { pass: true },
    };
    const answer = JSON.stringify(answers[request.url ?? ""]);
    setTimeout(() => response.writeHead(200, { "content-type": "application/json" }).end(answer), 20).unref();
  });
});

const urlOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const fleet = () => ({
  agents: [{ id: "greedy", capacity: CAPACITY, endpoint: { kind: "http", url: urlOf("/greedy") } }],
});

const predictions = (count: number): string =>
  jsonLines(Array.from({ length: count }, (_, index) => ({ task_id: `t${index}` })));

beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("an agent whose cost runs away is asked no more once the budget is spent, and the rest is skipped", async () => {
  const limit = 50;
  const { records, health } = await withStack(0.01, (stack) =>
    runToEnd(stack, {
      predictions: predictions(200),
      agents: fleet(),
      config: { budget: { max_cost_usd: limit }, num_waves: 2 },
    }),
  );
  const completed = records.filter(({ status }) => status === "COMPLETED").length;
  expect(completed * COST_USD).toBeGreaterThanOrEqual(limit);
  expect(completed * COST_USD).toBeLessThanOrEqual(limit + CAPACITY * COST_USD);
  expect(asked.filter((path) => path === "/greedy")).toHaveLength(completed);
  const others = records.filter(({ status }) => status !== "COMPLETED");
  expect(new Set(others.map(({ status, reason }) => `${status} ${reason}`))).toEqual(
    new Set(["SKIPPED budget_exhausted"]),
  );
  expect(completed + others.length).toBe(200);
  expect(health.anomalies.filter(({ type }) => type === "budget")).not.toEqual([]);
});

test("a Phase 13 gate blocks what it refuses, and everything once it does not answer", async () => {
  await withStack(0.01, async (stack) => {
    const gate = (path: string) => ({ kind: "http", url: urlOf(path), timeout_seconds: 1 });
    const inputs = { predictions: predictions(6), agents: fleet() };
    const open = await runToEnd(stack, { ...inputs, config: { safety_gate: gate("/gate") } });
    expect(open.records.filter(({ status }) => status !== "COMPLETED")).toMatchObject([
      { task_id: "t3", status: "BLOCKED", reason: "blocked_by_gate", error: "phase 13 gate: t3 is too risky" },
    ]);
    asked.length = 0;
    const closed = await runToEnd(stack, { ...inputs, config: { safety_gate: gate("/nothing") } });
    expect(new Set(closed.records.map(({ reason }) => reason))).toEqual(new Set(["blocked_by_gate"]));
    expect(asked).not.toContain("/greedy");
  });
});
