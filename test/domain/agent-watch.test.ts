import { describe, expect, test } from "vitest";

import {
  findStuckAgents,
  offlineAgents,
  secondsSinceSign,
  type Stall,
  watchMetrics,
} from "../../lib/domain/agent-watch.ts";
import { agent } from "./report-builders.ts";

const now = Date.parse("2026-01-01T12:00:00.000Z");

/** An attempt on agent_0 that is unanswered for 40 seconds and may take as long again. */
const stall = (changes: Partial<Stall> = {}): Stall => ({
  run_id: "run-1",
  wave: 2,
  agent_id: "agent_0",
  task_id: "t1",
  since: now - 40_000,
  until: now + 40_000,
  ...changes,
});

describe("an agent is stuck", () => {
  test("once an attempt of it is unanswered for stuck_seconds, and the anomaly says for how long", () => {
    expect(findStuckAgents([stall()], now, 40)).toEqual([
      {
        type: "stuck_agent",
        wave: 2,
        agent_id: "agent_0",
        message: "agent agent_0 is BUSY without progress for 40 seconds on task t1, accepted are 40",
      },
    ]);
  });

  test("not a moment before", () => {
    expect(findStuckAgents([stall({ since: now - 39_999 })], now, 40)).toEqual([]);
  });

  test("not any more once the attempt's time limit is over", () => {
    expect(findStuckAgents([stall({ until: now })], now, 30)).toEqual([]);
  });

  test("once, by its oldest attempt, however many are unanswered", () => {
    const stalls = [
      stall(),
      stall({ task_id: "t2", since: now - 60_000 }),
      stall({ task_id: "t3", since: now - 50_000 }),
    ];
    expect(findStuckAgents(stalls, now, 30)).toMatchObject([
      { message: expect.stringContaining("60 seconds on task t2") },
    ]);
  });

  test("beside others, in order of id", () => {
    const stalls = ["agent_2", "agent_0", "agent_1"].map((agent_id) => stall({ agent_id }));
    expect(findStuckAgents(stalls, now, 30).map(({ agent_id }) => agent_id)).toEqual(["agent_0", "agent_1", "agent_2"]);
  });
});

describe("the last sign of life of a run", () => {
  const started = "2026-01-01T11:00:00.000Z";

  test("is its start where there is nothing else", () => {
    expect(secondsSinceSign(started, [], [], now)).toBe(3_600);
  });

  test("is the end of its latest wave", () => {
    const waves = [{ finished_at: "2026-01-01T11:50:00.000Z" }, { finished_at: "2026-01-01T11:40:00.000Z" }];
    expect(secondsSinceSign(started, waves, [], now)).toBe(600);
  });

  test("is still to come while a lease is live", () => {
    expect(secondsSinceSign(started, [], [{ expiresAt: now + 5_000 }, { expiresAt: now - 5_000 }], now)).toBe(-5);
  });
});

describe("OFFLINE agents", () => {
  test("are told with their reason and for how long, the longest first", () => {
    const agents = [
      agent("agent_0"),
      agent("agent_1", { online: false, offline_since: "2026-01-01T11:59:30.500Z", offline_reason: "no answer" }),
      agent("agent_2", { online: false, offline_since: "2026-01-01T11:00:00.000Z" }),
    ];
    expect(offlineAgents(agents, now)).toEqual([
      { agent_id: "agent_2", offline_seconds: 3_600, reason: "unknown" },
      { agent_id: "agent_1", offline_seconds: 29, reason: "no answer" },
    ]);
  });

  test("whose clock is ahead are OFFLINE for no time yet", () => {
    const ahead = agent("agent_0", { online: false, offline_since: "2026-01-01T12:00:05.000Z" });
    expect(offlineAgents([ahead], now)).toMatchObject([{ offline_seconds: 0 }]);
  });
});

test.each([
  [true, 1],
  [false, 0],
])("a run that is stuck (%s) counts as %i", (stuck, value) => {
  const metrics = watchMetrics({ stuckAgents: 2, offlineAgents: 3, expiredLeases: 4, stuck });
  expect(Object.fromEntries(metrics.map((metric) => [metric.name, metric.value]))).toEqual({
    StuckAgents: 2,
    OfflineAgents: 3,
    ExpiredLeases: 4,
    StuckRuns: value,
  });
});
