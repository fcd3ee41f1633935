import type { Whereabouts } from "./find-run.ts";
import { type FolderRun, listFolderRuns, listTableRuns, type TableRun } from "./known-runs.ts";
import { printableJson, stdoutColumns } from "./printable.ts";
import { withReachableStack } from "./reach-stack.ts";
import { renderRuns, type RunRow } from "./render-runs.ts";
import { createTerminal } from "./terminal.ts";

export interface RunsOptions extends Whereabouts {
  readonly json?: boolean;
}

const iso = (at: number): string | null => (at === 0 ? null : new Date(at).toISOString());

const ofFolder = ({ runId, at, summary }: FolderRun): RunRow => ({
  run_id: runId,
  at: iso(at),
  tasks: summary?.tasks.total ?? null,
  // Of no tasks every one has completed: then there is no share to tell.
  completed: summary === undefined || summary.tasks.total === 0 ? null : summary.tasks.completed / summary.tasks.total,
  health: summary?.health ?? null,
  strategy: summary?.strategy ?? null,
  status: summary === undefined ? "NO REPORT" : "ENDED",
});

const ofTable = ({ runId, at, item }: TableRun): RunRow => ({
  run_id: runId,
  at: iso(at),
  tasks: item.tasks ?? null,
  completed: item.counts === undefined || item.counts.total === 0 ? null : item.counts.completed / item.counts.total,
  health: item.health ?? null,
  strategy: item.config?.strategy ?? null,
  status: item.status ?? "FAILED",
});

const newestFirst = (a: FolderRun | TableRun, b: FolderRun | TableRun): number =>
  b.at - a.at || (a.runId < b.runId ? -1 : 1);

/** Prints the runs that are known here, the newest first: those of `out/`, or those of the cloud that is named. */
export const listRuns = async (options: RunsOptions, signal: AbortSignal): Promise<void> => {
  const { stack, data, json = false } = options;
  const { out } = createTerminal(true);
  const print = async (rows: readonly RunRow[], place: string): Promise<void> => {
    if (json) return out(printableJson(rows));
    if (rows.length === 0) return out(`no runs in ${place}\n`);
    await out(renderRuns(rows, stdoutColumns()));
  };
  if (stack === undefined && data === undefined) {
    return print((await listFolderRuns()).toSorted(newestFirst).map(ofFolder), "out/; --data or --stack names a cloud");
  }
  await withReachableStack(options, signal, async (reached) => {
    const runs = await listTableRuns(reached);
    await print(runs.toSorted(newestFirst).map(ofTable), stack === undefined ? `--data ${data}` : `stack ${stack}`);
  });
};
