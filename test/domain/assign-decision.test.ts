import { describe, expect, it } from "vitest";
import { assignTasks, type AssignableAgent, type AssignableTask } from "../../lib/domain/assign.ts";
import type { Decision } from "../../lib/domain/record.ts";
import { agent, probe, task } from "./assign-builders.ts";

const plan = (tasks: readonly AssignableTask[], agents: readonly AssignableAgent[]) =>
  assignTasks({ strategy: "LOAD_BALANCED", tasks, agents });

const decide = (given: AssignableTask, agents: readonly AssignableAgent[]): Decision =>
  plan([given], agents).decisionOf(0);

const explain = (given: AssignableTask, agents: readonly AssignableAgent[]) => {
  const { reason, detail } = plan([given], agents).unassigned[0] ?? {};
  return { reason, detail };
};

const gpu = { capabilities: ["gpu"] };
const offline = agent("o", { online: false });

describe("a decision", () => {
  it("tells strategy, eligible agents and the load before the task", () => {
    expect(decide(task({ weight: 3 }), [agent("a", { load: 4 }), agent("b", { load: 2 })])).toEqual({
      strategy: "LOAD_BALANCED",
      load: 0.2,
      eligible: 2,
      passed_over: {},
    });
  });

  it("counts the load of tasks dealt out before", () => {
    const { decisionOf } = plan([task({ weight: 3 }), task()], [agent("a")]);
    expect(decisionOf(1).load).toBe(0.3);
  });

  it("marks a probe", () => {
    expect(decide(task(), [probe("a")]).probe).toBe(true);
    expect(decide(task(), [agent("a", { probe: true })])).not.toHaveProperty("probe");
  });

  it("counts agents passed over for each reason", () => {
    const agents = [
      agent("a", gpu),
      offline,
      agent("plain"),
      agent("denied", gpu),
      agent("tried", gpu),
      agent("busy", { ...gpu, quota: 0 }),
    ];
    expect(decide(task({ ...gpu, denied: ["denied"], tried: ["tried"] }), agents)).toMatchObject({
      eligible: 1,
      passed_over: { offline: 1, capability: 1, constraint: 1, already_tried: 1, rate_limit: 1 },
    });
  });

  it("counts an agent once, for the first of offline, capability, constraint, already tried and rate limit", () => {
    const all = { ...gpu, denied: ["x"], tried: ["x"] };
    const passedOver = (changes: Partial<AssignableAgent>, given = all) =>
      decide(task(given), [agent("a", gpu), agent("x", { quota: 0, ...changes })]).passed_over;
    expect(passedOver({ online: false })).toEqual({ offline: 1 });
    expect(passedOver({})).toEqual({ capability: 1 });
    expect(passedOver(gpu)).toEqual({ constraint: 1 });
    expect(passedOver(gpu, { ...all, denied: [] })).toEqual({ already_tried: 1 });
    expect(passedOver(gpu, { ...all, denied: [], tried: [] })).toEqual({ rate_limit: 1 });
  });

  it("counts an agent whose quota the tasks before used up as passed over for its rate limit", () => {
    const { decisionOf } = plan([task(), task(), task()], [agent("a", { quota: 1 }), agent("b")]);
    expect(decisionOf(0)).toMatchObject({ eligible: 2, passed_over: {} });
    expect(decisionOf(2)).toMatchObject({ eligible: 1, passed_over: { rate_limit: 1 } });
  });

  it("counts quotas only of agents that the task could have", () => {
    const tasks = [task(), task({ denied: ["a"] }), task({ allowed: ["a", "b"] })];
    const { decisionOf } = plan(tasks, [agent("a", { quota: 1 }), agent("b"), agent("c")]);
    expect(decisionOf(1)).toMatchObject({ eligible: 2, passed_over: { constraint: 1 } });
    expect(decisionOf(2)).toMatchObject({ eligible: 1, passed_over: { constraint: 1, rate_limit: 1 } });
  });

  it("tells of a task that nobody took why every agent was passed over", () => {
    expect(decide(task(gpu), [agent("a"), offline])).toMatchObject({
      eligible: 0,
      load: 0,
      passed_over: { offline: 1, capability: 1 },
    });
  });
});

describe("an agent that has tried the task", () => {
  it("is passed over for one that has not", () => {
    const { agentOf } = plan([task({ tried: ["a"] })], [agent("a"), agent("b", { load: 9 })]);
    expect([...agentOf]).toEqual([1]);
  });

  it("is eligible again when no other is left", () => {
    const given = task({ tried: ["a", "b"] });
    expect(decide(given, [agent("a"), agent("b"), offline])).toMatchObject({
      eligible: 2,
      passed_over: { offline: 1 },
    });
  });

  it("is eligible again when the others have used up their quotas", () => {
    const given = task({ tried: ["a"] });
    expect(decide(given, [agent("a"), agent("b", { quota: 0 })])).toMatchObject({
      eligible: 1,
      passed_over: { rate_limit: 1 },
    });
  });

  it("takes its pinned task again", () => {
    expect(decide(task({ pinned: "a", tried: ["a"] }), [agent("a"), agent("b")])).toMatchObject({
      eligible: 1,
      passed_over: { constraint: 1 },
    });
  });

  it("does not take a task again that denies it", () => {
    expect(explain(task({ tried: ["a"], denied: ["a"] }), [agent("a")]).reason).toBe("unassignable");
  });
});

describe("a task that nobody may take", () => {
  it("names the capabilities that nobody covers", () => {
    const agents = [agent("a"), agent("b"), agent("c"), offline];
    expect(explain(task({ capabilities: ["gpu", "eu"] }), agents)).toEqual({
      reason: "unassignable",
      detail: "no agent covers capabilities gpu, eu: 3 passed over for capability, 1 offline",
    });
  });

  it("says that its constraints allow nobody", () => {
    expect(explain(task({ allowed: ["z"], denied: ["a"] }), [agent("a")])).toEqual({
      reason: "unassignable",
      detail: "no agent is allowed by the task's constraints: 1 passed over for constraint",
    });
    expect(explain(task({ allowed: [] }), [agent("a")]).reason).toBe("unassignable");
  });

  it("names the agent that it is pinned to", () => {
    expect(explain(task({ pinned: "o" }), [agent("a"), offline])).toEqual({
      reason: "unassignable",
      detail: "the task is pinned to o, which may not take it: 1 passed over for constraint, 1 offline",
    });
    expect(explain(task({ pinned: "a", allowed: ["b"] }), [agent("a"), agent("b")]).reason).toBe("unassignable");
  });

  it("says that everybody is offline", () => {
    expect(explain(task(), [offline])).toEqual({ reason: "unassignable", detail: "no agent is online: 1 offline" });
  });

  it("says that the fleet is empty", () => {
    expect(explain(task(), [])).toEqual({ reason: "unassignable", detail: "the fleet has no agents" });
  });

  it("waits for a rate limit where only used-up quotas are in the way", () => {
    expect(explain(task(), [agent("a", { quota: 0 }), offline])).toEqual({
      reason: "rate_limit",
      detail: "every agent that may take the task has used up its rate limit: 1 passed over for rate_limit, 1 offline",
    });
    expect(explain(task({ tried: ["a"] }), [agent("a", { quota: 0 })]).reason).toBe("rate_limit");
  });
});
