import fc from "fast-check";
import { describe, expect, it, test } from "vitest";

import { checkGates, type GateInput } from "../../lib/domain/gates.ts";
import { agent, noon, open, task } from "./gate-builders.ts";

const check = (changes: Partial<GateInput>) => checkGates({ ...open, ...changes });
const checkTask = (changes: object) => check({ task: { ...task, ...changes } });

describe("the gates", () => {
  it("let a task through that meets all conditions", () => {
    expect(checkGates(open)).toEqual({ pass: true });
  });

  it("let a task through that asks for nothing", () => {
    const { wave: _wave, estimated_duration_ms: _duration, pinned_agent_id: _pin, ...plain } = task;
    const free = { ...plain, capabilities: [], depends_on: [], resources: [], constraints: {} };
    expect(check({ task: free, dependencies: {} })).toEqual({ pass: true });
  });

  it("are asked in order, and the first that refuses decides", () => {
    const all = { task: { ...task, priority: -1 }, leaseLive: false, dependencies: {}, rateWaitMs: 5 };
    expect(check(all)).toMatchObject({ gate: 1 });
    expect(check({ ...all, task })).toMatchObject({ gate: 2 });
    expect(check({ ...all, task, leaseLive: true })).toMatchObject({ gate: 3 });
    expect(check({ rateWaitMs: 5 })).toMatchObject({ gate: 4 });
  });
});

describe("gate 1", () => {
  test("judges a task that it checks by hand as the schema would", () => {
    const odd = fc.constantFrom<unknown>(
      undefined,
      null,
      -1,
      0,
      0.5,
      101,
      1e13,
      "",
      "a b",
      [],
      [7],
      [""],
      ["a", "a"],
      {},
      { max_retries: 6 },
    );
    const { pinned_agent_id: _pin, ...unpinned } = task;
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(task), "not_before"), odd, { maxKeys: 2 });
    fc.assert(
      fc.property(changes, (changed) => {
        const free = { ...unpinned, constraints: {}, ...changed };
        // A field that planning does not know leaves the matter to the schema.
        expect(checkTask(free)).toEqual(checkTask({ ...free, unknown: 1 }));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["a bad id", { task_id: "a b" }, 'task_id: expected 1 to 128 characters of A-Z a-z 0-9 . _ : -, received "a b"'],
    [
      "a rate that is no number",
      { success_rate: Number.NaN },
      "success_rate: expected a number from 0 to 1, received null",
    ],
    ["a confidence out of range", { confidence: 1.1 }, "confidence: expected a number from 0 to 1, received 1.1"],
    ["a priority out of range", { priority: 101 }, "priority: expected an integer from 0 to 100, received 101"],
    ["no list of dependencies", { depends_on: undefined }, "depends_on: expected an array"],
    ["a duration of 0", { estimated_duration_ms: 0 }, "estimated_duration_ms: expected a number above 0, received 0"],
    ["no constraints", { constraints: null }, "constraints: expected an object, received null"],
    [
      "a negative time limit",
      { constraints: { timeout_seconds: -1 } },
      "constraints.timeout_seconds: expected a number above 0, received -1",
    ],
    [
      "too many retries",
      { constraints: { max_retries: 6 } },
      "constraints.max_retries: expected an integer from 0 to 5, received 6",
    ],
    [
      "a malformed list of agents",
      { constraints: { denied_agents: "a1" } },
      "constraints.denied_agents: expected an array",
    ],
  ])("blocks a task with %s", (_, changes, reason) => {
    expect(checkTask(changes)).toEqual({
      pass: false,
      gate: 1,
      action: "block",
      reasons: [expect.stringContaining(reason)],
    });
  });

  it.each([null, undefined])("blocks %s, which is no task at all", (task) => {
    expect(checkGates({ ...open, task } as unknown as GateInput)).toMatchObject({ gate: 1, action: "block" });
  });

  test.each([0, 1.5, Number.NaN])("blocks a task of wave %d", (wave) => {
    expect(check({ wave })).toMatchObject({ gate: 1, reasons: [`wave: expected an integer from 1, received ${wave}`] });
  });

  it("gives all that it found", () => {
    expect(checkTask({ priority: -1, confidence: 2 })).toMatchObject({
      reasons: [expect.stringContaining("confidence"), expect.stringContaining("priority")],
    });
  });

  it("blocks a task whose agent lacks a capability", () => {
    expect(checkTask({ capabilities: ["gpu", "sql", "us"] })).toEqual({
      pass: false,
      gate: 1,
      action: "block",
      reasons: ["a1 does not cover capabilities sql, us"],
    });
  });
});

describe("gate 2", () => {
  test.each([
    ["is not in the fleet", { agent: undefined }, "the agent is not in the fleet"],
    ["is offline", { agent: { ...agent, online: false } }, "a1 is offline"],
    ["holds no lease", { leaseLive: false }, "a1 holds no live lease for this pass"],
    ["has no capacity", { agent: { ...agent, capacity: 0 } }, "agent: capacity: expected a number above 0, received 0"],
    [
      "is malformed",
      { agent: { ...agent, capabilities: JSON.parse("null") as string[] } },
      "agent: capabilities: expected an array of strings of 1 to 128 characters, received null",
    ],
  ])("sends a task to a backup whose agent %s", (_, changes, reason) => {
    expect(check(changes)).toEqual({ pass: false, gate: 2, action: "backup", reasons: [reason] });
  });

  it("lets a probe through to an agent that is offline", () => {
    expect(check({ agent: { ...agent, online: false }, probe: true })).toEqual({ pass: true });
  });

  it("makes a task wait while another run holds its resources", () => {
    expect(check({ resourcesHeldBy: [{ resource: "dock", holder: "run-2#t7" }] })).toEqual({
      pass: false,
      gate: 2,
      action: "wait",
      waitMs: 1_000,
      reasons: ["resource dock is held by run-2#t7"],
    });
  });

  it("waits for no resource on an agent that holds no lease", () => {
    expect(check({ resourcesHeldBy: [{ resource: "dock", holder: "run-2#t7" }], leaseLive: false })).toMatchObject({
      action: "backup",
      reasons: ["a1 holds no live lease for this pass"],
    });
  });
});

describe("gate 3", () => {
  it("skips a task whose dependencies did not complete", () => {
    const depends_on = ["t0", "t8", "t9"];
    expect(check({ task: { ...task, depends_on }, dependencies: { t0: "COMPLETED", t8: "FAILED" } })).toEqual({
      pass: false,
      gate: 3,
      action: "skip",
      reasons: [
        "dependency t8: expected COMPLETED, received FAILED",
        "dependency t9: expected COMPLETED, received nothing",
      ],
    });
  });

  it("knows no outcome of a task that is named like a property of every object", () => {
    expect(check({ task: { ...task, depends_on: ["constructor"] } })).toMatchObject({ gate: 3, action: "skip" });
  });

  it("blocks a task in an earlier wave than it asked for", () => {
    expect(check({ wave: 1 })).toEqual({
      pass: false,
      gate: 3,
      action: "block",
      reasons: ["wave: expected 2 or later, received 1"],
    });
  });

  it("lets a task through in a later wave than it asked for", () => {
    expect(check({ wave: 3 })).toEqual({ pass: true });
  });

  it("skips a task that stands in too early a wave and lost a dependency", () => {
    expect(check({ wave: 1, dependencies: {} })).toMatchObject({ action: "skip", reasons: { length: 2 } });
  });
});

describe("gate 4", () => {
  test.each([
    ["does not list its agent as allowed", { allowed_agents: ["a2"] }, "a1 is not among allowed_agents"],
    ["allows no agent", { allowed_agents: [] }, "a1 is not among allowed_agents"],
    ["denies its agent", { denied_agents: ["a1"] }, "a1 is among denied_agents"],
    ["names no instant", { not_before: "soon" }, "not_before: expected an ISO 8601 date-time"],
    [
      "names a time without a zone",
      { not_before: "2026-03-01T12:00:00" },
      "not_before: expected an ISO 8601 date-time with a zone",
    ],
  ])("blocks a task that %s", (_, constraints, reason) => {
    expect(checkTask({ constraints })).toEqual({
      pass: false,
      gate: 4,
      action: "block",
      reasons: [expect.stringContaining(reason)],
    });
  });

  it("blocks a task that is pinned to another agent", () => {
    expect(checkTask({ pinned_agent_id: "a2" })).toMatchObject({
      action: "block",
      reasons: ["the task is pinned to a2"],
    });
  });

  it("makes a task wait until its time has come", () => {
    expect(check({ now: noon - 1_500 })).toEqual({
      pass: false,
      gate: 4,
      action: "wait",
      waitMs: 1_500,
      reasons: ["not before 2026-03-01T12:00:00Z"],
    });
  });

  it("makes a task wait for the rate limit", () => {
    expect(check({ rateWaitMs: 40 })).toMatchObject({
      action: "wait",
      waitMs: 40,
      reasons: ["the rate limit of a1 has no token for 40 ms"],
    });
    expect(check({ rateWaitMs: Infinity })).toMatchObject({ action: "wait", waitMs: Infinity });
  });

  it("makes a task wait for the later of both", () => {
    expect(check({ now: noon - 30, rateWaitMs: 40 })).toMatchObject({ waitMs: 40, reasons: { length: 2 } });
    expect(check({ now: noon - 50, rateWaitMs: 40 })).toMatchObject({ waitMs: 50, reasons: { length: 2 } });
  });

  it("prefers a final refusal to a wait", () => {
    expect(check({ task: { ...task, pinned_agent_id: "a2" }, rateWaitMs: 40 })).toMatchObject({ action: "block" });
  });

  test.each([
    ["the time", { now: Number.NaN }],
    ["the rate limit", { rateWaitMs: Number.NaN }],
    ["the sign of the wait", { rateWaitMs: -1 }],
  ])("makes a task wait, nobody knows how long, where %s is unknown", (_, changes) => {
    const verdict = check(changes);
    expect(verdict).toMatchObject({ pass: false, gate: 4, action: "wait" });
    expect(verdict).not.toHaveProperty("waitMs");
  });
});
