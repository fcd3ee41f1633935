import { type ComparedRun, compareRuns } from "../domain/compare-runs.ts";
import { createEndingComparer } from "../domain/ending-changes.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { RunConfig } from "../domain/run-config.ts";
import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import { createTally } from "../domain/wave-metrics.ts";
import type { Whereabouts } from "./find-run.ts";
import { printableJson, stdoutColumns } from "./printable.ts";
import { readRecords } from "./record-lines.ts";
import { renderComparison } from "./render-comparison.ts";
import { readText, type RunRecords, withRunRecords } from "./run-records.ts";
import { createTerminal } from "./terminal.ts";

export interface CompareOptions extends Whereabouts {
  readonly json?: boolean;
}

/** Reads what is compared of a run; every record passes `see` once. */
const readRun = async (records: RunRecords, see: (record: TaskRecord) => void): Promise<ComparedRun> => {
  const summary = JSON.parse(await readText(records, "metrics_summary.json")) as MetricsSummary;
  const health = JSON.parse(await readText(records, "system_health.json")) as SystemHealth;
  const totals = createTally();
  for await (const batch of readRecords(records)) {
    for (const record of batch) {
      totals.add(record);
      see(record);
    }
  }
  const config: RunConfig | undefined = records.item?.config;
  return { summary, health, totals, config };
};

/**
 * Prints two runs side by side: figures, agents, tasks that ended differently, settings.
 *
 * @throws UsageError when one of them is not there, or left no summary
 */
export const compareTwoRuns = (
  names: readonly [string, string],
  options: CompareOptions,
  signal: AbortSignal,
): Promise<void> =>
  withRunRecords(names, options, signal, async ([first, second]) => {
    const endings = createEndingComparer();
    const a = await readRun(first, (record) => endings.addA(record));
    const b = await readRun(second, (record) => endings.addB(record));
    const comparison = compareRuns(a, b, endings.changes());
    const { out } = createTerminal(true);
    if (options.json === true) return out(printableJson(comparison));
    await out(renderComparison(comparison, stdoutColumns()));
  });
