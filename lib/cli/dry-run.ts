import type { AgentState } from "../domain/agent.ts";
import { configWarnings } from "../domain/config-file.ts";
import { InputRejectedError } from "../domain/errors.ts";
import { forecastRun, type RunForecast } from "../domain/forecast-run.ts";
import { planWaves, type Plan } from "../domain/plan.ts";
import type { Rejection } from "../domain/rejection.ts";
import type { RunConfig } from "../domain/run-config.ts";
import type { SetAside } from "../domain/set-aside.ts";
import { planRounds } from "../domain/writing-rounds.ts";
import { type DryIntake, takeInFiles } from "./dry-run-intake.ts";
import { effectiveConfig } from "./effective-config.ts";
import { checkReadable, readInputText } from "./input-file.ts";
import { readKept } from "./local-fleet.ts";
import { printableJson, stdoutColumns } from "./printable.ts";
import { renderDryRun } from "./render-dry-run.ts";
import { readFleet, type RunOptions } from "./run-command.ts";
import { createTerminal } from "./terminal.ts";

/** What a run would do, and what is expected of it. */
export interface DryRun extends RunForecast {
  readonly predictions: string;
  readonly fleet: string;
  readonly config: RunConfig;
  readonly lines: {
    readonly accepted: number;
    readonly rejected: number;
    readonly first_rejected: readonly Rejection[];
  };
  readonly set_aside: {
    readonly tasks: number;
    readonly by_reason: Readonly<Record<string, number>>;
    readonly examples: readonly (SetAside & { readonly task_id: string })[];
  };
  /** Waves that may run side by side, group after group. */
  readonly groups: readonly (readonly number[])[];
}

/** Tasks that are named among those that planning sets aside. */
const MAX_EXAMPLES = 5;

const setAsideOf = ({ setAside }: Plan, { items }: DryIntake): DryRun["set_aside"] => {
  const by_reason: Record<string, number> = {};
  for (const { reason } of setAside.values()) by_reason[reason] = (by_reason[reason] ?? 0) + 1;
  const examples = [...setAside.entries().take(MAX_EXAMPLES)];
  return {
    tasks: setAside.size,
    by_reason,
    examples: examples.map(([index, why]) => ({ task_id: items[index]!.taskId, ...why })),
  };
};

/** The agents as they stand at the start of a run: whoever has no file for them gets those that are kept here. */
const readAgents = async (file: string | undefined, data: string | undefined) => {
  const kept = file === undefined ? await readKept(data) : { fleet: await readFleet(file), offline: [] };
  const reasons = new Map(kept.offline.map(({ id, reason }) => [id, reason]));
  const agents = kept.fleet.agents.map((agent): AgentState => ({
    ...agent,
    online: !reasons.has(agent.id),
    ...(reasons.has(agent.id) && { offline_reason: reasons.get(agent.id)! }),
    completed_tasks: 0,
    failed_tasks: 0,
    current_load: 0,
  }));
  return { fleet: kept.fleet.fleet, agents };
};

/**
 * Prints what a run of these files would do and is expected to come to: its waves, who gets what, success, health, time and cost.
 * Starts no cloud and writes nothing.
 *
 * @throws UsageError, InvalidInputError, InputRejectedError, RunTooLargeError as the run itself would
 */
export const dryRun = async (predictions: string, options: RunOptions): Promise<void> => {
  const terminal = createTerminal(options.quiet ?? false);
  const configText = options.config === undefined ? undefined : await readInputText(options.config);
  const config = effectiveConfig(configText, options.config ?? "config.json", options);
  const { fleet, agents } = await readAgents(options.agents, options.data);
  if (options.schedule !== undefined) await checkReadable(options.schedule);
  for (const warning of configWarnings(config)) terminal.say(`warning: ${warning}`);

  const intake = await takeInFiles(predictions, options.schedule);
  const [first] = intake.firstRejected;
  if (config.strict && first !== undefined) {
    throw new InputRejectedError(
      `strict: expected no bad line, ${intake.rejected} rejected: ${first.file} ${first.reason}`,
    );
  }
  const plan = planWaves(intake.items, {
    numWaves: config.num_waves,
    waveConcurrency: config.wave_concurrency,
    maxPasses: config.max_passes,
  });
  // Refuses what planning could not write in its time.
  planRounds(plan, intake.bytes);
  const dry: DryRun = {
    predictions,
    fleet,
    config: { ...config, fleet },
    lines: { accepted: intake.items.length, rejected: intake.rejected, first_rejected: intake.firstRejected },
    set_aside: setAsideOf(plan, intake),
    groups: plan.groups,
    ...forecastRun({ ...intake, plan }, agents, config, Date.now()),
  };
  await terminal.out(options.json === true ? printableJson(dry) : renderDryRun(dry, stdoutColumns()));
};
