import { controlRun } from "./control-commands.ts";
import { checkDataFolder, reachClouds, type Whereabouts } from "./find-run.ts";
import { finishRun } from "./finish-run.ts";
import { listUnfinishedRuns } from "./list-runs.ts";
import { type RunContext, withRunCloud } from "./run-cloud.ts";
import { createLiveTerminal, type Terminal } from "./terminal.ts";
import { RunFailedError, UsageError } from "./usage-error.ts";

const chooseRuns = async ({ stack, data }: RunContext, runId: string | undefined): Promise<readonly string[]> => {
  const unfinished = await listUnfinishedRuns(stack);
  if (runId === undefined || unfinished.includes(runId)) return runId === undefined ? unfinished : [runId];
  throw new UsageError(
    `run ${runId}: expected an unfinished run of ${data}: ${unfinished.join(", ") || "there is none"}`,
  );
};

/** Puts a run's id before the lines about it, where several runs are followed at a time. */
const labelLines = ({ out, say }: Terminal, runId: string): Terminal => ({
  out,
  say: (text) => say(text.replaceAll(/^/gmu, `${runId}  `)),
});

/** Follows a run from where it was; one that was paused goes on. */
const goOn = async (context: RunContext, runId: string): Promise<void> => {
  const { runs } = context.stack;
  if ((await runs.readControl(runId)).state === "PAUSED") await runs.putControl(runId, "RUN", new Date().toISOString());
  await finishRun(context, runId, {});
};

export interface ResumeOptions extends Whereabouts {
  readonly timeScale: number;
  readonly quiet?: boolean;
}

/**
 * Lets a run go on. Where its stack is deployed or its cloud is up, that is all; where only its data folder is left, the cloud is started again and the run, or
 * without one every unfinished run of the folder, is followed to its end, with its files in `out/<run_id>`.
 *
 * @throws UsageError when the folder or the run is not there
 */
export const resumeRun = async (
  runId: string | undefined,
  options: ResumeOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { data } = options;
  if (data !== undefined && (runId === undefined || (await reachClouds(data)).length === 0)) {
    return resumeFolder(runId, { ...options, data }, signal);
  }
  if (runId === undefined)
    throw new UsageError("resume: expected the id of a run, or --data with the folder of a cloud");
  await controlRun(runId, "RUN", options);
};

const resumeFolder = async (
  runId: string | undefined,
  options: ResumeOptions & { readonly data: string },
  signal: AbortSignal,
): Promise<void> => {
  const { data, timeScale } = options;
  const terminal = await createLiveTerminal(options.quiet ?? false);
  await checkDataFolder(data);
  await withRunCloud({ timeScale, data, terminal }, signal, async (context) => {
    const runIds = await chooseRuns(context, runId);
    if (runIds.length === 0) terminal.say(`no run of ${data} is unfinished`);
    const ends = await Promise.allSettled(
      runIds.map((id) => goOn(runIds.length === 1 ? context : { ...context, terminal: labelLines(terminal, id) }, id)),
    );
    const faults = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason as Error);
    if (signal.aborted || faults.length === 1) throw faults[0];
    if (faults.length > 1) throw new RunFailedError(faults.map(({ message }) => message).join("; "));
  });
};
