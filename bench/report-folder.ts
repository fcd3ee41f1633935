import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { AgentState } from "../lib/domain/agent.ts";
import { parseRunConfig } from "../lib/domain/config-file.ts";
import { parseFleet } from "../lib/domain/fleet.ts";
import { samplePrediction } from "../lib/domain/generate.ts";
import { createLatencies } from "../lib/domain/percentiles.ts";
import { randomFor } from "../lib/domain/random.ts";
import type { AttemptLogEntry, TaskRecord } from "../lib/domain/record.ts";
import { createFailureSample } from "../lib/domain/report-failures.ts";
import { renderReport } from "../lib/domain/report.ts";
import { buildMetricsSummary, buildSystemHealth } from "../lib/domain/summary.ts";
import { createTally, tallyMetrics } from "../lib/domain/wave-metrics.ts";
import { healthScore } from "../lib/domain/health.ts";

const SEED = 21;
const START = Date.parse("2026-01-01T12:00:00.000Z");

/** How large the made-up run is. */
export interface FolderSize {
  readonly tasks: number;
  readonly agents: number;
  readonly waves: number;
}

const makeRecord = (index: number, { tasks, agents, waves }: FolderSize): TaskRecord => {
  const draw = (what: string): number => randomFor(SEED, index, what);
  const { task_id, success_rate } = samplePrediction(index, SEED);
  const first = Math.floor(draw("agent") ** 1.3 * agents);
  const attemptsOnFirst = draw("transient") < 0.08 ? 2 + Math.floor(draw("more") * 3) : 1;
  const moves = draw("move") < 0.02 && agents > 1;
  const ok = draw("success") < success_rate - 0.06 - (first % 7 === 3 ? 0.15 : 0);
  const begin = START + (index / tasks) * 240_000;
  const log: AttemptLogEntry[] = [];
  let at = begin;
  const add = (pass: number, attempt: number, agent: number, error: string | undefined): void => {
    const duration = Math.round(20 * Math.exp(4 * draw(`duration-${pass}-${attempt}`) ** 2));
    log.push({
      pass,
      attempt,
      agent_id: `agent_${agent}`,
      started_at: new Date(at).toISOString(),
      duration_ms: duration,
      ...(error !== undefined && { error }),
    });
    at += duration + 100 * 2 ** (attempt - 1);
  };
  for (let attempt = 1; attempt <= attemptsOnFirst; attempt += 1) {
    const last = attempt === attemptsOnFirst;
    add(1, attempt, first, last && !moves && ok ? undefined : "simulated transient failure");
  }
  if (moves) add(2, 1, (first + 1) % agents, ok ? undefined : "permanent: the record does not exist");
  const end = log.at(-1);
  return {
    task_id,
    wave: 1 + Math.floor((index / tasks) * waves),
    status: ok ? "COMPLETED" : "FAILED",
    reason: ok ? null : draw("reason") < 0.7 ? "permanent" : "retries_exhausted",
    agent_id: end?.agent_id ?? null,
    passes: moves ? 2 : 1,
    attempts: log.length,
    predicted_success_rate: success_rate,
    duration_ms: Date.parse(end?.started_at ?? "") + (end?.duration_ms ?? 0) - Math.trunc(begin),
    output: { answer: index },
    ...(!ok && { error: "the agent answered that trying again is of no use" }),
    decision: { strategy: "LOAD_BALANCED", load: 0.5, eligible: agents, passed_over: {} },
    attempt_log: log,
  };
};

const makeAgents = (count: number): readonly AgentState[] =>
  parseFleet(
    JSON.stringify({ agents: Array.from({ length: count }, (_, index) => ({ id: `agent_${index}` })) }),
  ).agents.map((agent, index) => ({
    ...agent,
    online: index !== 2,
    completed_tasks: 0,
    failed_tasks: 0,
    current_load: 0,
  }));

/** Writes the output folder of a run that never was, as a run of that size would leave it. */
export const writeReportFolder = async (folder: string, size: FolderSize): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const agents = makeAgents(size.agents);
  const totals = createTally();
  const waveTallies = Array.from({ length: size.waves }, () => createTally());
  const latencies = createLatencies();
  const failures = createFailureSample();
  const lines = function* () {
    for (let index = 0; index < size.tasks; index += 1) {
      const record = makeRecord(index, size);
      totals.add(record);
      waveTallies[(record.wave ?? 1) - 1]?.add(record);
      latencies.add(record.duration_ms);
      failures.add(record);
      yield `${JSON.stringify(record)}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, "results.jsonl")));
  const run = { run_id: "generated-1", config: parseRunConfig("{}"), totals, agents, rejectedLines: 0 };
  const summary = buildMetricsSummary({
    ...run,
    waves: size.waves,
    durationSeconds: 242,
    latencies: latencies.quantiles(),
    signals: { by_type: {}, by_phase: {} },
  });
  const waves = waveTallies.map((tally, index) => {
    const components = tallyMetrics(tally, agents);
    const { tasks, by_status } = tally;
    return {
      wave: index + 1,
      health_score: healthScore(components),
      components,
      tasks,
      completed: by_status.COMPLETED,
      anomalies: [],
    };
  });
  const health = buildSystemHealth({ ...run, waves });
  await writeFile(join(folder, "metrics_summary.json"), JSON.stringify(summary, null, 2));
  await writeFile(join(folder, "system_health.json"), JSON.stringify(health, null, 2));
  await writeFile(
    join(folder, "execution_report.md"),
    renderReport({ ...run, summary, health, failures: failures.tasks() }),
  );
};
