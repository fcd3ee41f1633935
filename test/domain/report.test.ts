import fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentState } from "../../lib/domain/agent.ts";
import { createFailureSample } from "../../lib/domain/report-failures.ts";
import { renderReport } from "../../lib/domain/report.ts";
import { buildMetricsSummary, buildSystemHealth } from "../../lib/domain/summary.ts";
import type { RetryStrategy } from "../../lib/domain/run-config.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { agent, attempt, completed, config, failed, tallyOf, times, unassignable } from "./report-builders.ts";

type Waves = Parameters<typeof buildSystemHealth>[0]["waves"];
type Anomalies = Waves[number]["anomalies"];

const wave = (anomalies: Anomalies = []): Waves[number] => ({
  wave: 1,
  health_score: 95,
  components: { success_rate: 1, availability: 1, accuracy: 1, load_balance: 1 },
  tasks: 10,
  completed: 9,
  anomalies,
});

const report = (
  records: readonly TaskRecord[],
  {
    agents = [agent("agent_0")],
    retry_strategy = config.retry_strategy,
    waves = [wave()],
    rejectedLines = 0,
    run_id = "run-1",
  }: {
    agents?: AgentState[];
    retry_strategy?: RetryStrategy;
    waves?: Waves;
    rejectedLines?: number;
    run_id?: string;
  } = {},
) => {
  const totals = tallyOf(records);
  const sample = createFailureSample();
  for (const record of records) sample.add(record);
  const latencies = { p50: null, p95: null, p99: null };
  const signals = { by_type: {}, by_phase: {} };
  const run = { run_id, config, totals, agents, durationSeconds: 2, latencies, signals, rejectedLines };
  return renderReport({
    summary: buildMetricsSummary({ ...run, waves: waves.length }),
    health: buildSystemHealth({ run_id, totals, agents, waves }),
    totals,
    agents,
    config: { ...config, retry_strategy },
    failures: sample.tasks(),
  });
};

test("the report answers its questions in order", () => {
  const headings = report([completed()]).match(/^#+ .*$/gm);
  expect(headings).toEqual([
    "# Run run-1",
    "## Did it go well?",
    "## What failed, and why",
    "## Which agents are weak",
    "## How good were the predictions",
    "## Waves",
    "## What to change",
  ]);
});

test.each([
  ["all of it", 10, "Yes: 10 of 10 tasks completed (100.0 %); the health score is 98.00 of 100 (EXCELLENT)."],
  ["nearly all", 9, "Mostly: 9 of 10 tasks completed (90.0 %); the health score is 92.40 of 100 (EXCELLENT)."],
  ["a part", 5, "In part: 5 of 10 tasks completed (50.0 %); the health score is 70.00 of 100 (FAIR)."],
  ["next to nothing", 1, "No: 1 of 10 tasks completed (10.0 %); the health score is 47.60 of 100 (POOR)."],
])("a run that completed %s says so in one sentence", (_title, done, verdict) => {
  expect(report(times(10, (n) => (n <= done ? completed() : failed())))).toContain(`\n\n${verdict}\n\n`);
});

test("a run without tasks did nothing, well or badly", () => {
  const text = report([], { rejectedLines: 1, waves: [] });
  expect(text).toContain(
    "There was nothing to do: no task was accepted, 1 input line rejected; the health score is 100.00",
  );
  expect(text).toContain("Nothing failed.");
  expect(text).toContain("There was no wave.");
});

test("the choices of the run stand under the verdict, NO_RETRY without retries", () => {
  expect(report([completed()])).toContain(
    "- 1 agent, 1 wave; LOAD_BALANCED, EXPONENTIAL_BACKOFF, 5 retries and 2 passes at most, seed 21",
  );
  expect(report([completed()], { retry_strategy: "NO_RETRY" })).toContain("NO_RETRY, 0 retries and 2 passes at most");
});

test("what agents charged is told where they say so", () => {
  expect(report([completed()])).not.toContain("reported by agents");
  const priced = completed({ attempt_log: [attempt({ cost_usd: 0.5 })] });
  expect(report([priced])).toContain("reported by agents: 0.5000 USD, 0 tokens");
  const counted = completed({ attempt_log: [attempt({ tokens: 1 })] });
  expect(report([counted])).toContain("reported by agents: 0.0000 USD, 1 token");
});

test("waves stand with their health, and their anomalies are listed", () => {
  const text = report([completed()], { waves: [wave([{ type: "success_drop", wave: 1, message: "success fell" }])] });
  expect(text).toContain("| 1 | 95.00 EXCELLENT | 10 | 9 | 1 |");
  expect(text).toContain("- wave 1: success fell");
});

test("more anomalies than a person reads are counted", () => {
  const anomaly = { type: "success_drop", wave: 1, message: "success fell" } as const;
  expect(report([completed()], { waves: [wave(Array.from({ length: 51 }, () => anomaly))] })).toContain(
    "1 more anomaly in system_health.json.",
  );
});

test("waves without anomalies are said to have none", () => {
  expect(report([completed()])).toContain("No anomalies.");
});

test("recommendations close the report, and their absence is told", () => {
  expect(report([completed(), failed()])).toMatch(/## What to change\n\n- 1 of 1 failed task failed permanently/);
  expect(report([completed()])).toMatch(/## What to change\n\nNothing that the rules look for was found.\n$/);
});

test("text from outside cannot break a line or begin markup", () => {
  const hostile = "x|y\n# z <img src=q> `k` [a](b)";
  const text = report([failed({ task_id: hostile, error: hostile }), unassignable({ error: hostile })], {
    run_id: hostile,
    agents: [agent(hostile, { online: false, offline_reason: hostile })],
  });
  expect(text).not.toContain("<img");
  expect(text).not.toMatch(/^# z/m);
  expect(text).not.toMatch(/[^\\]\[a/);
  expect(text).not.toMatch(/x\|y/);
});

test("whatever happened, the report has a figure or a dash, never NaN or undefined", () => {
  const record = fc.constantFrom<TaskRecord>(
    completed(),
    failed(),
    unassignable(),
    failed({ wave: null, agent_id: "gone" }),
  );
  const agents = fc.subarray([agent("agent_0"), agent("agent_1", { online: false })]);
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), agents, fc.nat({ max: 3 }), (records, fleet, rejectedLines) => {
      const text = report(records, { agents: fleet, rejectedLines, waves: records.length === 0 ? [] : [wave()] });
      expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
      expect(text).not.toMatch(/\b1 (tasks|agents|waves|lines|attempts|retries|passes)\b/);
    }),
  );
});
