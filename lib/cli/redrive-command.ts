import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Fleet } from "../domain/agent.ts";
import type { TerminalReason } from "../domain/record.ts";
import { terminalReasons } from "../domain/redrive.ts";
import { countOf } from "../domain/report-figures.ts";
import { effectiveConfig } from "./effective-config.ts";
import { readInputText } from "./input-file.ts";
import { checkWritable } from "./output-folder.ts";
import { performRun } from "./perform-run.ts";
import { chooseFrom, type Redrive, type RedriveSource, writePredictions, writeSchedule } from "./redrive-lines.ts";
import { sourceFromCloud, sourceFromFiles } from "./redrive-source.ts";
import { prepareFleet, readFleet, type RunOptions } from "./run-command.ts";
import type { RunContext } from "./run-cloud.ts";
import { withRunStack } from "./run-stack.ts";
import { createLiveTerminal, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export interface RedriveOptions extends RunOptions {
  readonly reason?: readonly string[];
  readonly predictions?: string;
  readonly results?: string;
}

/** A run's files, and what of its configuration is known. */
interface Origin {
  readonly source: RedriveSource;
  readonly configText: string | undefined;
  readonly configName: string;
}

const parseReasons = (names: readonly string[] | undefined): ReadonlySet<TerminalReason> | undefined => {
  if (names === undefined) return undefined;
  const wrong = names.find((name) => !(terminalReasons as readonly string[]).includes(name));
  if (wrong === undefined) return new Set(names as readonly TerminalReason[]);
  throw new UsageError(`--reason ${wrong}: expected one of ${terminalReasons.join(", ")}`);
};

/** The files of the run where the user names them; undefined where the data folder or the stack has them. */
const originFromFiles = async (runId: string, options: RedriveOptions): Promise<Origin | undefined> => {
  const { predictions, schedule, config, stack, data } = options;
  if (predictions === undefined) {
    if (stack !== undefined || data !== undefined) return undefined;
    throw new UsageError(
      `run ${runId}: expected --data with the folder of its cloud, or its --predictions, or --stack`,
    );
  }
  const results = options.results ?? join("out", runId, "results.jsonl");
  return {
    source: sourceFromFiles({ predictions, schedule, results }),
    configText: config === undefined ? undefined : await readInputText(config),
    configName: config ?? "config.json",
  };
};

const originFromCloud = async ({ stack }: RunContext, runId: string, place: string): Promise<Origin> => {
  const source = await sourceFromCloud(stack, runId, place);
  return { source, configText: source.configText, configName: `the configuration of run ${runId}` };
};

/** Tasks that a line names; the rest is counted. */
const SHOWN_TASKS = 10;

const sayWhatIsChosen = ({ say }: Terminal, runId: string, { tasks, added }: Redrive): void => {
  say(`redrive of ${runId}: ${countOf(tasks.size, "task")} that did not complete`);
  if (added.length === 0) return;
  const left = added.length - SHOWN_TASKS;
  const names = [...added.slice(0, SHOWN_TASKS), ...(left > 0 ? [`${left} more`] : [])].join(", ");
  say(`  ${countOf(added.length, "task")} of them for others that depend on them: ${names}`);
};

/** Runs what was chosen, from files of a folder that is removed at the end. */
const performRedrive = async (
  context: RunContext,
  runId: string,
  { source, configText, configName }: Origin,
  redrive: Redrive,
  options: RedriveOptions & { readonly fleet: Fleet | undefined },
): Promise<void> => {
  const { fleet } = options;
  const config = effectiveConfig(configText, configName, options);
  const prepared = await prepareFleet(context.stack, fleet, { ...options, fleet: config.fleet });
  // The old run's fleet stands in the data folder; files do not tell which one it was.
  const keepsFleet = fleet === undefined && options.predictions === undefined;
  const directory = await mkdtemp(join(tmpdir(), "phase21-redrive-"));
  try {
    const predictions = join(directory, `${["redrive", ...(options.reason ?? [])].join("-")}.jsonl`);
    const schedule = join(directory, "schedule.jsonl");
    await writePredictions(source, redrive, predictions);
    const hasSchedule = await writeSchedule(source, redrive, schedule);
    await performRun(
      context,
      {
        predictions,
        schedule: hasSchedule ? await readFile(schedule) : undefined,
        config: { ...config, fleet: keepsFleet ? config.fleet : prepared, redrive_of: runId },
      },
      options,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/**
 * Runs the tasks of an ended run that did not complete, in a new run that names the old one.
 *
 * @throws UsageError when the run, or what it was made of, cannot be found
 */
export const redriveRun = async (runId: string, options: RedriveOptions, signal: AbortSignal): Promise<void> => {
  const { stack, out } = options;
  const terminal = await createLiveTerminal(options.quiet ?? false);
  const reasons = parseReasons(options.reason);
  const files = await originFromFiles(runId, options);
  const fleet = options.agents === undefined ? undefined : await readFleet(options.agents);
  if (out !== undefined) await checkWritable(out);
  const chosen = files === undefined ? undefined : await chooseFrom(files.source, reasons);
  if (chosen?.tasks.size === 0) return terminal.say(`run ${runId}: no task to redrive`);

  await withRunStack({ ...options, terminal }, signal, async (context) => {
    const origin =
      files ?? (await originFromCloud(context, runId, stack === undefined ? "the data folder" : `stack ${stack}`));
    const redrive = chosen ?? (await chooseFrom(origin.source, reasons));
    if (redrive.tasks.size === 0) return terminal.say(`run ${runId}: no task to redrive`);
    sayWhatIsChosen(terminal, runId, redrive);
    await performRedrive(context, runId, origin, redrive, { ...options, fleet });
  });
};
