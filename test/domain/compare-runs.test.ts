import { describe, expect, test } from "vitest";

import { type ComparedRun, compareRuns } from "../../lib/domain/compare-runs.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { buildMetricsSummary, buildSystemHealth } from "../../lib/domain/summary.ts";
import { agent, completed, config, failed, tallyOf, times } from "./report-builders.ts";

const endings = { in_both: 0, only_in_a: 0, only_in_b: 0, changes: [], examples: [] };

const run = (run_id: string, records: readonly TaskRecord[], changes: Partial<ComparedRun> = {}): ComparedRun => {
  const totals = tallyOf(records);
  const agents = [agent("agent_0"), agent("agent_1")];
  const summary = buildMetricsSummary({
    run_id,
    config,
    totals,
    agents,
    waves: 1,
    durationSeconds: 2,
    latencies: { p50: 10, p95: 20, p99: null },
    signals: { by_type: {}, by_phase: {} },
    rejectedLines: 0,
  });
  const health = buildSystemHealth({ run_id, totals, agents, waves: [] });
  return { summary, health, totals, config, ...changes };
};

const four = (lost: number, agent_id = "agent_0") =>
  times(4, (n) => (n <= lost ? failed : completed)({ task_id: `${agent_id}-${n}`, agent_id }));

test("every figure stands beside that of the other run, with the difference", () => {
  const { a, b, figures } = compareRuns(run("one", four(2)), run("two", four(1)), endings);
  expect([a, b]).toEqual(["one", "two"]);
  expect(figures.find(({ figure }) => figure === "success rate")).toEqual({
    figure: "success rate",
    a: 0.5,
    b: 0.75,
    difference: 0.25,
  });
});

test("a figure that one of the runs does not have makes no difference", () => {
  const latency_ms = { p50: null, p95: null, p99: 30 };
  const other = run("two", four(0));
  const { figures } = compareRuns(
    run("one", four(0)),
    { ...other, summary: { ...other.summary, latency_ms } },
    endings,
  );
  const named = (name: string) => figures.find(({ figure }) => figure === name);
  expect(named("latency p50 ms")).toMatchObject({ a: 10, b: null, difference: null });
  expect(named("latency p99 ms")).toMatchObject({ a: null, b: 30, difference: null });
});

describe("agents", () => {
  test("are listed by how much their success changed, those that did not are left out", () => {
    const a = run("one", [...four(0), ...four(2, "agent_1"), ...four(1, "agent_2"), ...four(1, "agent_3")]);
    const b = run("two", [...four(1), ...four(0, "agent_1"), ...four(1, "agent_2"), ...four(0, "agent_3")]);
    expect(compareRuns(a, b, endings).agents.map(({ agent_id, difference }) => [agent_id, difference])).toEqual([
      ["agent_1", 0.5],
      ["agent_0", -0.25],
      ["agent_3", 0.25],
    ]);
  });

  test("of equal change stand in the order of their ids", () => {
    const a = run("one", [...four(1, "agent_9"), ...four(1)]);
    const b = run("two", [...four(0), ...four(0, "agent_9")]);
    expect(compareRuns(b, a, endings).agents.map(({ agent_id }) => agent_id)).toEqual(["agent_0", "agent_9"]);
  });

  test("that executed nothing in one of the runs have nothing to compare", () => {
    const idle = { ...tallyOf(four(0)).agents[0]!, assigned: 0, completed: 0 };
    const none = { agents: [idle], cost_usd: 0, tokens: 0 };
    const busy = run("busy", four(0));
    expect(compareRuns(run("idle", [], { totals: none }), busy, endings).agents).toEqual([]);
    expect(compareRuns(busy, run("idle", [], { totals: none }), endings).agents).toEqual([]);
    expect(compareRuns(run("others", four(0, "agent_1")), busy, endings).agents).toEqual([]);
  });
});

describe("settings", () => {
  test("that differ are named, those within others by both names", () => {
    const changed = { ...config, seed: 4, strategy: "ROUND_ROBIN" as const, budget: { usd: 5 } as const };
    const b = run("two", four(0), {
      config: { ...changed, feedback: { ...config.feedback, phase_16: false } } as never,
    });
    expect(compareRuns(run("one", four(0)), b, endings)).toMatchObject({
      all_settings_known: true,
      settings: [
        { setting: "strategy", a: "LOAD_BALANCED", b: "ROUND_ROBIN" },
        { setting: "seed", a: "21", b: "4" },
        { setting: "feedback.phase_16", a: "true", b: "false" },
        { setting: "budget.usd", a: null, b: "5" },
      ],
    });
  });

  test("that only one of the runs has are told as well", () => {
    const { budget: _none, ...plain } = { ...config, budget: undefined };
    const a = run("one", four(0), { config: { ...plain, redrive_of: "zero" } });
    expect(compareRuns(a, run("two", four(0), { config: plain }), endings).settings).toEqual([
      { setting: "redrive_of", a: "zero", b: null },
    ]);
  });

  test.each([
    ["first", { config: undefined }, {}],
    ["second", {}, { config: undefined }],
  ])("are those of the summaries where the %s run's configuration is out of reach", (_title, first, second) => {
    const other = run("two", four(0), second);
    const b = { ...other, summary: { ...other.summary, agents: 9 } };
    expect(compareRuns(run("one", four(0), first), b, endings)).toMatchObject({
      all_settings_known: false,
      settings: [{ setting: "agents", a: "2", b: "9" }],
    });
  });
});
