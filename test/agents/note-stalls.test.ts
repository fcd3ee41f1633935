import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { noteStalls } from "../../lib/agents/note-stalls.ts";
import type { AgentCaller, AgentOutcome } from "../../lib/domain/agent-request.ts";
import type { Stall } from "../../lib/domain/agent-watch.ts";
import { FakeLog } from "../steps/fakes.ts";
import { aContext, anAgent, aRequest } from "./agent-calls.ts";

const start = Date.parse("2026-01-01T12:00:00.000Z");

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

const answered: AgentOutcome = { kind: "answered", answer: { success: true } };

/** An agent that answers when the test says so, on an attempt that may take a minute. */
const createCall = (write: () => Promise<void> = async () => {}, timeoutMs = 60_000) => {
  const events: (readonly [string, Stall])[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<AgentOutcome>();
  const log = new FakeLog();
  const stalls = {
    put: (stall: Stall) => write().then(() => void events.push(["put", stall])),
    remove: (stall: Stall) => write().then(() => void events.push(["removed", stall])),
  };
  const caller: AgentCaller = noteStalls(() => promise, { stalls, now: Date.now, log });
  const endpoint = { kind: "lambda", function_name: "f" } as const;
  const deadline = "2026-01-01T12:01:00.000Z";
  const outcome = caller(anAgent(endpoint), aRequest({ deadline }), aContext({ timeoutMs }));
  outcome.catch(() => {});
  return { events, log, outcome, answer: () => resolve(answered), fail: reject };
};

const stall: Stall = {
  run_id: "run-1",
  wave: 2,
  agent_id: "agent_0",
  task_id: "task-1",
  since: start,
  until: start + 60_000,
};

test("an attempt that is answered within 30 s writes nothing", async () => {
  const { events, outcome, answer } = createCall();
  await vi.advanceTimersByTimeAsync(29_999);
  answer();
  expect(await outcome).toEqual(answered);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(events).toEqual([]);
});

test("an attempt that is unanswered for 30 s is on record until it is answered", async () => {
  const { events, outcome, answer } = createCall();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(events).toEqual([["put", stall]]);
  answer();
  expect(await outcome).toEqual(answered);
  expect(events).toEqual([
    ["put", stall],
    ["removed", stall],
  ]);
});

test("an attempt whose executor fails is off the record too, and fails as it would have", async () => {
  const { events, outcome, fail } = createCall();
  await vi.advanceTimersByTimeAsync(30_000);
  fail(new Error("crash"));
  await expect(outcome).rejects.toThrow("crash");
  expect(events.map(([what]) => what)).toEqual(["put", "removed"]);
});

test("an attempt whose time limit is no longer than that needs no record", async () => {
  const { events } = createCall(async () => {}, 30_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(events).toEqual([]);
});

test("a record that cannot be written is logged and does not undo what the agent did", async () => {
  const { log, outcome, answer } = createCall(() => Promise.reject(new Error("table gone")));
  await vi.advanceTimersByTimeAsync(30_000);
  answer();
  expect(await outcome).toEqual(answered);
  expect(log.entries).toMatchObject([
    { message: "stall not on record", fields: { task_id: "task-1", error: "Error: table gone" } },
    { message: "stall not on record" },
  ]);
});
