import { dirname } from "node:path/posix";

import { type AgentState, OFFLINE_BY_OWNER } from "../domain/agent.ts";
import type { RunConfig } from "../domain/run-config.ts";
import { runKeys } from "../domain/run-keys.ts";
import { type Usage, usageSince } from "../domain/usage.ts";
import { describeRun } from "./execution-status.ts";
import type { Whereabouts } from "./find-run.ts";
import { finishRun, type FinishOptions } from "./finish-run.ts";
import { listUnfinishedRuns } from "./list-runs.ts";
import type { RunContext } from "./run-cloud.ts";
import { uploadInbox } from "./upload-inbox.ts";
import { RunFailedError } from "./usage-error.ts";

/** What a run is made of. */
export interface RunParts {
  /** Path of the predictions. */
  readonly predictions: string;
  readonly schedule: Uint8Array | undefined;
  /** Complete, with the fleet whose agents take the tasks. */
  readonly config: RunConfig;
}

/** The fleet as its owner wants it, whatever became of it: started again with the same files after a failure, a run goes on as the same run. */
const fleetText = (agents: readonly AgentState[]): string =>
  JSON.stringify(
    agents.map(({ offline_since: _since, offline_reason: reason, ...agent }) => ({
      ...agent,
      online: reason !== OFFLINE_BY_OWNER,
      completed_tasks: 0,
      failed_tasks: 0,
      current_load: 0,
    })),
  );

const sayWhatElseRuns = async ({ stack, terminal, data }: RunContext): Promise<void> => {
  if (data === undefined) return;
  const others = await listUnfinishedRuns(stack);
  if (others.length === 0) return;
  terminal.say(`unfinished in ${data}: ${others.join(", ")}; they go on with: npm start -- resume --data ${data}`);
};

/** Gives what is billed from now on; undefined where nothing is counted, or where it would be other runs' usage as well. */
const startMeter = async ({ stack, data, usage }: RunContext): Promise<(() => Usage) | undefined> => {
  if (usage === undefined) return undefined;
  if (data !== undefined && (await listUnfinishedRuns(stack)).length > 0) return undefined;
  const before = usage();
  return () => usageSince(before, usage());
};

/** A deployed stack carries a run whether or not anybody follows it. */
const sayWhoCarriesOn = ({ stack: { outputs }, terminal }: RunContext, runId: string, stack: string): void => {
  const steer = (command: string) => `npm start -- ${command} ${runId} --stack ${stack}`;
  terminal.say(
    `run ${runId} is no longer followed, stack ${stack} sees it to its end; hold it with: ${steer("pause")}; end it with: ${steer("cancel")}`,
  );
  terminal.say(`its files will be in s3://${outputs["BucketName"]}/${dirname(runKeys(runId).output("results.jsonl"))}`);
};

/**
 * Uploads what a run is made of, which starts it, and sees it through to its files. Interrupted, it leaves the run of a deployed
 * stack running.
 */
export const performRun = async (
  context: RunContext,
  parts: RunParts,
  options: FinishOptions & Pick<Whereabouts, "stack">,
): Promise<void> => {
  const { stack, terminal } = context;
  const { predictions, schedule, config } = parts;
  const { agents } = await stack.fleet.read(config.fleet, Date.now());
  const used = await startMeter(context);
  const runId = await uploadInbox(stack, {
    predictions,
    configText: JSON.stringify(config),
    fleetText: fleetText(agents),
    ...(schedule !== undefined && { schedule }),
  });
  const known = await describeRun(stack, runId);
  const hasEnded = known !== undefined && known.status !== "RUNNING";
  if (hasEnded) {
    terminal.say(`run ${runId} has ended before, from the same inputs: it is not run again`);
  }
  try {
    await finishRun(context, runId, options, hasEnded ? undefined : used);
  } catch (error) {
    if (options.stack !== undefined && !(error instanceof RunFailedError))
      sayWhoCarriesOn(context, runId, options.stack);
    throw error;
  }
  await sayWhatElseRuns(context);
};
