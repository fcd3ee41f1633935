import { inspect, stripVTControlCharacters } from "node:util";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { renderSummary } from "../../lib/cli/render-summary.ts";
import type { AgentView } from "../../lib/domain/agent.ts";
import type { Cost } from "../../lib/domain/bill.ts";
import type { MetricsSummary, SystemHealth } from "../../lib/domain/summary.ts";

const view = (changes: Partial<AgentView> = {}): AgentView => ({
  status: "IDLE",
  current_load: 0,
  completed_tasks: 9,
  failed_tasks: 1,
  success_rate: 0.9,
  confidence: 0.85,
  ...changes,
});

const summary: MetricsSummary = {
  run_id: "run-1",
  strategy: "LOAD_BALANCED",
  retry_strategy: "EXPONENTIAL_BACKOFF",
  agents: 2,
  waves: 3,
  tasks: {
    total: 1_234,
    completed: 1_200,
    failed: 30,
    skipped: 3,
    blocked: 1,
    by_reason: { permanent: 10, timed_out: 20 },
  },
  success_rate: 0.9724,
  attempts: 1_300,
  retries: 66,
  reassignments: 5,
  throughput_tasks_per_second: 100,
  duration_seconds: 12.345,
  latency_ms: { p50: 10, p95: 20, p99: 30 },
  signals: { by_type: {}, by_phase: { "18": 1_233, "20": 1_230 } },
  health: { score: 95.666, status: "EXCELLENT" },
  calibration: { brier: 0.1234, ece: 0.0567, bins: [] },
  rejected_lines: 0,
};

const health: SystemHealth = {
  run_id: "run-1",
  health_score: 95.666,
  status: "EXCELLENT",
  components: { success_rate: 0.9724, availability: 1, accuracy: 0.8123, load_balance: 0.99 },
  waves: [],
  anomalies: [],
  agents: { agent_0: view(), agent_1: view() },
};

const hints = [
  { what: "out/run-1/execution_report.html", why: "in a browser" },
  { what: "npm start -- why run-1 task-1", why: "why it is FAILED" },
];

/** The lines of a summary without colours and without what stands around them. */
const linesOf = (changes: Partial<MetricsSummary> = {}, healthChanges: Partial<SystemHealth> = {}): readonly string[] =>
  stripVTControlCharacters(
    renderSummary({ ...summary, ...changes }, { ...health, ...healthChanges }, "out/run-1", { hints }),
  )
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/gu, " "))
    .filter((line) => line !== "");

test("a good run is one screen of lines that all say something", () => {
  expect(linesOf()).toEqual([
    "Health 95.67 EXCELLENT",
    "success █████████░ 97.2 % availability ██████████ 100.0 %",
    "accuracy ████████░░ 81.2 % load balance █████████░ 99.0 %",
    "Tasks 1,234: 1,200 completed, 30 failed, 1 blocked, 3 skipped",
    "Reasons timed_out 20, permanent 10",
    "Attempts 1,300, of these 66 retries; 5 reassigned to a backup",
    "Time 12.3 s, 100 tasks/s; a task p50 10 ms, p95 20 ms, p99 30 ms",
    "Agents agent_0 90.0 % of 10 IDLE",
    "agent_1 90.0 % of 10 IDLE",
    "Predictions Brier 0.123, calibration error 0.057",
    "Signals 1,233 to phase 18, 1,230 to phase 20",
    "Files out/run-1/",
    "Next out/run-1/execution_report.html in a browser",
    "npm start -- why run-1 task-1 why it is FAILED",
  ]);
});

test("a run in which nothing was executed says so instead of numbers", () => {
  const lines = linesOf({
    tasks: { ...summary.tasks, by_reason: {} },
    latency_ms: { p50: null, p95: null, p99: null },
    calibration: { brier: null, ece: null, bins: [] },
    signals: { by_type: {}, by_phase: {} },
  });
  expect(lines.join("\n")).not.toContain("Reasons");
  expect(lines).toContain("Time 12.3 s, 100 tasks/s; nothing was executed");
  expect(lines).toContain("Predictions nothing was executed");
  expect(lines).toContain("Signals none");
});

test("the agents that need a look come first: offline ones, then those that lost most, by id where equal", () => {
  const agents = {
    e: view(),
    d: view({ success_rate: null, completed_tasks: 0, failed_tasks: 0 }),
    c: view({ success_rate: 0.5, completed_tasks: 5, failed_tasks: 5 }),
    b: view(),
    a: view({ status: "OFFLINE", success_rate: 1, failed_tasks: 0 }),
  };
  const lines = linesOf({}, { agents });
  const first = lines.findIndex((line) => line.startsWith("Agents"));
  expect(lines.slice(first, first + 4)).toEqual([
    "Agents a 100.0 % of 9 OFFLINE",
    "c 50.0 % of 10 IDLE",
    "b 90.0 % of 10 IDLE",
    "and 2 more in system_health.json",
  ]);
});

test("of a large fleet three agents are named", () => {
  const agents = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`agent_${n}`, view()]));
  expect(linesOf({}, { agents })).toContain("and 9 more in system_health.json");
});

const cost: Cost = { usd: 0.001_24, usd_per_million_tasks: 1.12, by_service: {} as Cost["by_service"] };

test("where the run was metered it says what it cost", () => {
  expect(linesOf({ cost })).toContain("Cost $0.0012 by list prices, $1.12 a million tasks");
});

test("rejected lines say where their reasons are", () => {
  expect(linesOf({ rejected_lines: 3 })).toContain(
    "Rejected 3 lines, each with its reason in out/run-1/rejected.jsonl",
  );
});

test("an agent that nothing was given to says so", () => {
  const agents = { a: view({ success_rate: null, completed_tasks: 0, failed_tasks: 0 }) };
  expect(linesOf({}, { agents })).toContain("Agents a nothing done IDLE");
});

test("a fourth agent is named rather than counted", () => {
  const agents = { a: view(), b: view(), c: view(), d: view() };
  expect(linesOf({}, { agents })).toContain("d 90.0 % of 10 IDLE");
});

test("anomalies are named with their waves, two at the most, or one and how many more there are", () => {
  const fell = (waves: readonly number[]) => {
    const anomalies = waves.map((wave) => ({ type: "success_drop", wave, message: "success fell" }) as const);
    const lines = linesOf({}, { anomalies });
    const first = lines.findIndex((line) => line.startsWith("Anomalies"));
    return lines.slice(first, first + 2);
  };
  expect(fell([1, 2])).toEqual(["Anomalies wave 1: success fell", "wave 2: success fell"]);
  expect(fell([1, 2, 3, 4])).toEqual(["Anomalies wave 1: success fell", "and 3 more in system_health.json"]);
});

describe("colours", () => {
  const { stdout, stderr } = process;
  const terminals = [stdout.isTTY, stderr.isTTY];

  beforeEach(() => {
    for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_DISABLE_COLORS", "CI", "TERM"]) vi.stubEnv(name, undefined);
    stderr.isTTY = true;
    stdout.isTTY = false;
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    [stdout.isTTY = false, stderr.isTTY = false] = terminals;
  });

  const renderHealth = (score: number) => renderSummary(summary, { ...health, health_score: score }, "out");

  test.each([
    [90, "green"],
    [89, "yellow"],
    [49, "red"],
  ] as const)("of a health of %i: %s", (score, colour) => {
    const [open] = inspect.colors[colour] ?? [];
    expect(renderHealth(score)).toContain(`\u001B[${open}m${score.toFixed(2)} EXCELLENT`);
  });

  test("of an agent that is offline: red", () => {
    const text = renderSummary(summary, { ...health, agents: { a: view({ status: "OFFLINE" }) } }, "out");
    expect(text).toContain("\u001B[31mOFFLINE");
  });

  test("are left out where the standard error, to which the summary goes, is no terminal", () => {
    stderr.isTTY = false;
    stdout.isTTY = true;
    expect(renderHealth(95)).not.toContain("\u001B");
  });

  test.each([
    ["NO_COLOR", "1"],
    ["CI", "true"],
    ["TERM", "dumb"],
  ])("are left out where %s is %s", (name, value) => {
    vi.stubEnv(name, value);
    expect(renderHealth(95)).not.toContain("\u001B");
  });
});

describe("at 80×24", () => {
  const { isTTY, columns } = process.stderr;

  beforeEach(() => {
    process.stderr.isTTY = true;
    process.stderr.columns = 80;
  });

  afterEach(() => {
    process.stderr.isTTY = isTTY;
    process.stderr.columns = columns;
  });

  const id = "tasks-f59985f1-6cdc12a56255fcf20b62";
  const bin = { from: 0.5, to: 0.6, count: 500, mean_predicted: 0.55, observed_rate: 0.1 };
  const fullest = (commands: readonly string[]): readonly string[] =>
    stripVTControlCharacters(
      renderSummary(
        {
          ...summary,
          rejected_lines: 12,
          cost,
          calibration: { brier: 0.2, ece: 0.1, bins: [bin, bin] },
          tasks: {
            ...summary.tasks,
            by_reason: { permanent: 1, timed_out: 2, retries_exhausted: 3, unassignable: 4, cancelled: 5 },
          },
        },
        {
          ...health,
          agents: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${"a".repeat(100)}${n}`, view()])),
          anomalies: [1, 2, 3].map((wave) => ({ type: "success_drop", wave, message: "fell ".repeat(40) }) as const),
        },
        `out/${id}`,
        { hints: commands.map((what) => ({ what, why: "because" })) },
      ),
    ).split("\n");

  test("the fullest summary fits one screen, with the prompt below it", () => {
    const lines = fullest([
      `out/${id}/execution_report.html`,
      `npm start -- why ${id} task-0001`,
      `npm start -- redrive ${id} --predictions FILE`,
    ]);
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.endsWith("…"))).toBe(true);
  });

  test("a command to be copied is not cut, however long", () => {
    const long = `npm start -- why ${id} ${"x".repeat(100)}`;
    expect(fullest(["report", long])).toContain(`  ${long}`);
  });
});
