import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createLatencies } from "../../../lib/domain/percentiles.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { createFailureSample } from "../../../lib/domain/report-failures.ts";
import { renderReport } from "../../../lib/domain/report.ts";
import { buildMetricsSummary, buildSystemHealth } from "../../../lib/domain/summary.ts";
import { agent, config, tallyOf } from "../../domain/report-builders.ts";

type Waves = Parameters<typeof buildSystemHealth>[0]["waves"];

/** A wave of ten tasks that went well. */
export const wave = (changes: Partial<Waves[number]> = {}): Waves[number] => ({
  wave: 1,
  health_score: 95,
  components: { success_rate: 0.9, availability: 1, accuracy: 0.9, load_balance: 1 },
  tasks: 10,
  completed: 9,
  anomalies: [],
  ...changes,
});

/** Writes the files of a run with these records to a new folder, and gives its path. */
export const outputFolder = async (
  records: readonly TaskRecord[],
  { waves = [wave()], run_id = "run-1" }: { readonly waves?: Waves; readonly run_id?: string } = {},
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-report-"));
  const totals = tallyOf(records);
  const failures = createFailureSample();
  const latencies = createLatencies();
  for (const record of records) {
    failures.add(record);
    if (record.attempts > 0) latencies.add(record.duration_ms);
  }
  const run = { run_id, config, totals, agents: [agent("agent_0")], rejectedLines: 0 };
  const summary = buildMetricsSummary({
    ...run,
    waves: waves.length,
    durationSeconds: 2,
    latencies: latencies.quantiles(),
    signals: { by_type: {}, by_phase: {} },
  });
  const health = buildSystemHealth({ ...run, waves });
  const files = {
    "results.jsonl": records.map((record) => `${JSON.stringify(record)}\n`).join(""),
    "metrics_summary.json": JSON.stringify(summary),
    "system_health.json": JSON.stringify(health),
    "execution_report.md": renderReport({ ...run, summary, health, failures: failures.tasks() }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};
