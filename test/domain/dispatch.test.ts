import { OFFLINE_BY_OWNER } from "../../lib/domain/agent.ts";
import { describe, expect, test } from "vitest";

import { assignableAgent, assignableTask, leaseDurationMs, successEstimate } from "../../lib/domain/dispatch.ts";
import { limits } from "../../lib/domain/function-environment.ts";
import { planned } from "../steps/builders.ts";
import { agent } from "./report-builders.ts";

const noon = Date.parse("2026-01-01T12:00:00.000Z");

describe("the success estimate of an agent", () => {
  test("is its declared confidence before its first task", () => {
    expect(successEstimate(agent("a", { confidence: 0.7 }))).toBeCloseTo(0.7, 12);
  });

  test("comes close to what was observed when there is much of it", () => {
    expect(successEstimate(agent("a", { completed_tasks: 5_000, failed_tasks: 5_000 }))).toBeCloseTo(0.5, 2);
  });

  test("lies between confidence and observation when there is little", () => {
    const estimate = successEstimate(agent("a", { confidence: 0.8, failed_tasks: 1 }));
    expect(estimate).toBeCloseTo(16 / 21, 12);
  });
});

describe("an agent as assignment sees it", () => {
  test("takes any number of tasks where it declares no rate limit", () => {
    expect(assignableAgent(agent("a", { current_load: 3 }), noon, 60)).toEqual({
      id: "a",
      capabilities: [],
      capacity: 10,
      confidence: 0.85,
      online: true,
      load: 3,
      successEstimate: 0.85,
      quota: Infinity,
      probe: false,
    });
  });

  test.each([
    { title: "what its rate limit lets through in a minute", rate: 0.5, quota: 30 },
    { title: "one at the least", rate: 0.001, quota: 1 },
  ])("takes in one pass $title", ({ rate, quota }) => {
    expect(assignableAgent(agent("a", { rate_limit_per_second: rate }), noon, 60).quota).toBe(quota);
  });

  test("is not probed where its owner took it out of service", () => {
    const resting = agent("a", {
      online: false,
      offline_since: "2026-01-01T00:00:00.000Z",
      offline_reason: OFFLINE_BY_OWNER,
    });
    expect(assignableAgent(resting, noon, 60)).toMatchObject({ online: false, probe: false });
  });

  test.each([
    { title: "whose cooldown is over may take one probe task", since: "2026-01-01T11:59:00.000Z", probe: true },
    { title: "that rests takes no probe", since: "2026-01-01T11:59:00.001Z", probe: false },
  ])("an OFFLINE agent $title", ({ since, probe }) => {
    const seen = assignableAgent(agent("a", { online: false, offline_since: since }), noon, 60);
    expect({ probe: seen.probe, quota: seen.quota }).toEqual({ probe, quota: probe ? 1 : Infinity });
  });

  test("an agent that is OFFLINE since nobody knows when takes no probe", () => {
    expect(assignableAgent(agent("a", { online: false }), noon, 60).probe).toBe(false);
  });

  test("an agent that is online is never a probe", () => {
    expect(assignableAgent(agent("a", { offline_since: "2020-01-01T00:00:00.000Z" }), noon, 60).probe).toBe(false);
  });
});

describe("a pending task as assignment sees it", () => {
  test("carries neither payload nor history", () => {
    expect(assignableTask({ ...planned("t1", { payload: { large: true } }), passes: 1, earlier: [] })).toEqual({
      task_id: "t1",
      priority: 50,
      confidence: 0.9,
      weight: 1,
      capabilities: [],
      tried: [],
    });
  });

  test("carries what decides who may take it", () => {
    const constraints = { allowed_agents: ["a"], denied_agents: ["b"] };
    const pending = { ...planned("t1", { capabilities: ["gpu"], pinned_agent_id: "a", constraints }), tried: ["c"] };
    expect(assignableTask(pending)).toMatchObject({
      capabilities: ["gpu"],
      tried: ["c"],
      allowed: ["a"],
      denied: ["b"],
      pinned: "a",
    });
  });

  test("that tried nobody is like one that never ran", () => {
    expect(assignableTask({ ...planned("t1"), tried: [] })).toEqual(assignableTask(planned("t1")));
  });
});

describe("the duration of a lease", () => {
  test("is shorter where more children run at a time", () => {
    const [few, many] = [20, 100].map((children) => leaseDurationMs(limits.batchSize * 200, children));
    expect([few, many]).toEqual([11 * 300_000, 3 * 300_000]);
  });

  const oneRound = limits.batchSize * limits.dispatchConcurrency;

  test.each([
    { title: "one round of children and one to spare", tasks: 1, children: 2 },
    { title: "still one round for as many as run at a time", tasks: oneRound, children: 2 },
    { title: "a round more for one task more", tasks: oneRound + 1, children: 3 },
  ])("covers $title", ({ tasks, children }) => {
    const duration = leaseDurationMs(tasks, limits.dispatchConcurrency);
    expect(duration).toBe(children * limits.expressChildSeconds * 1_000);
  });
});
