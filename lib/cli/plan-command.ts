import { type Command, InvalidArgumentError } from "commander";

import type { Workload } from "../domain/capacity.ts";
import { parseRunConfig } from "../domain/config-file.ts";
import { planScale, type ScalePlan } from "../domain/plan-scale.ts";
import { wholeNumber } from "./flags.ts";
import { readInputText } from "./input-file.ts";
import { printableJson } from "./printable.ts";
import { renderPlan, renderPlans } from "./render-plan.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** More than a thousand runs of a million tasks is nobody's plan. */
const MAX_TASKS = 1_000_000_000;

/** Bytes of a sample prediction on its way to an executor. */
const TASK_BYTES = 500;

interface PlanOptions {
  /** One plan is told in full, several are rows of a table. */
  readonly tasks: readonly number[];
  readonly agents: number;
  readonly capacity: number;
  readonly attemptSeconds: number;
  readonly retried: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** A plan with all that was assumed for it. */
export interface AssumedPlan extends ScalePlan {
  readonly assumed: Workload;
}

const numberFrom =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a number from ${least} to ${most}, received "${text}"`);
  };

const taskCount = (text: string, before: readonly number[] = []): readonly number[] => {
  const tasks = wholeNumber(1)(text);
  if (tasks <= MAX_TASKS) return [...before, tasks];
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MAX_TASKS}, received "${text}"`);
};

/**
 * Prints how many runs and waves so many tasks are, what bounds them on AWS, how long they take, what they cost, and what to raise
 * first. Reads nothing but the configuration.
 *
 * @throws UsageError when the attempts are longer than the configuration lets them be, InvalidInputError when it breaks its schema
 */
const planTasks = async (options: PlanOptions): Promise<void> => {
  const { tasks, agents, attemptSeconds } = options;
  const text = options.config === undefined ? undefined : await readInputText(options.config);
  const config = parseRunConfig(text, options.config);
  if (attemptSeconds > config.task_timeout_seconds) {
    throw new UsageError(
      `--attempt-seconds: expected at most task_timeout_seconds of the configuration, ${config.task_timeout_seconds}, received ${attemptSeconds}`,
    );
  }
  const assumed: Workload = {
    agents,
    capacity: agents * options.capacity,
    limited: 0,
    attemptSeconds,
    longestAttemptSeconds: attemptSeconds,
    retried: options.retried,
    taskBytes: TASK_BYTES,
    config,
  };
  const { phase_18, phase_20 } = config.feedback;
  const signals = Number(phase_18) + Number(phase_20);
  const plans = tasks.map((count): AssumedPlan => ({ ...planScale(count, assumed, signals), assumed }));
  const [first, ...others] = plans as [AssumedPlan, ...AssumedPlan[]];
  const { out } = createTerminal(true);
  if (others.length > 0) return out(options.json === true ? printableJson(plans) : renderPlans(plans));
  await out(options.json === true ? printableJson(first) : renderPlan(first));
};

/** Adds the command `plan`. */
export const addPlan = (program: Command): void => {
  program
    .command("plan")
    .description("say what so many tasks would take on AWS: runs, waves, what bounds them, time, cost")
    .requiredOption("--tasks <n...>", "how many; for several numbers a table", taskCount)
    .option("--agents <n>", "how many agents share them", wholeNumber(1), 4)
    .option("--capacity <n>", "tasks that an agent carries at a time", numberFrom(0.001, 1_000_000), 10)
    .option("--attempt-seconds <s>", "how long an attempt takes", numberFrom(0.001, 240), 0.1)
    .option("--retried <share>", "attempts that fail in passing and are made again, 0 to 1", numberFrom(0, 1), 0.08)
    .option("--config <file>", "config.json of the runs")
    .option("--json", "print the plan as JSON")
    .action((options: PlanOptions) => planTasks(options));
};
