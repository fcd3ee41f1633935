import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import { printableJson } from "./printable.ts";
import { renderSummary } from "./render-summary.ts";
import { readText, type RecordsWhereabouts, withRunRecords } from "./run-records.ts";
import { summaryHints } from "./summary-hints.ts";
import { createTerminal } from "./terminal.ts";

export interface ShowOptions extends RecordsWhereabouts {
  readonly json?: boolean;
}

/**
 * Prints the summary of a run as it stood when it ended, and where its files are.
 *
 * @throws UsageError when there is no such run, or when it left no summary
 */
export const showRun = (run: string, options: ShowOptions, signal: AbortSignal): Promise<void> =>
  withRunRecords([run], options, signal, async ([records]) => {
    const summary = JSON.parse(await readText(records, "metrics_summary.json")) as MetricsSummary;
    const health = JSON.parse(await readText(records, "system_health.json")) as SystemHealth;
    const { out } = createTerminal(true);
    if (options.json === true) return out(printableJson(summary));
    const { folder, place, runId } = records;
    const hints = folder === undefined ? [] : await summaryHints(summary, folder, { data: options.data });
    const text = renderSummary(summary, health, place, { hints, stream: process.stdout });
    await out(`run ${runId}\n${text}\n`);
  });
