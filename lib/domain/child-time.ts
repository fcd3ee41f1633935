import type { Workload } from "./capacity.ts";
import { firstRetriesPerTask, passesPerTask, retriesPerTask, retryChances } from "./estimate-attempts.ts";
import { limits } from "./function-environment.ts";
import { retryDelays } from "./retry-policy.ts";

/**
 * What an executor itself takes for a task, in seconds; guessed, since nobody measured it on AWS: 256 MB have a seventh of a core, which
 * takes so long for what a whole one does in 0.7 ms.
 */
const EXECUTOR_SECONDS = 0.005;

/** How many tasks a child gets: as many as an inline Map runs at a time, fewer where they are large. */
export const tasksPerChild = ({ taskBytes }: Pick<Workload, "taskBytes">): number =>
  Math.max(1, Math.min(limits.batchSize, Math.floor(limits.batchBytes / taskBytes)));

/**
 * Mean time of the invocation that makes the first attempts of so many tasks, in seconds: that of the longest, and of those that wait
 * for their agents.
 */
export const batchSeconds = (workload: Workload, tasks: number): number => {
  const { attemptSeconds, longestAttemptSeconds, capacity } = workload;
  const waiting = Math.max(0, tasks / capacity - 1);
  return longestAttemptSeconds + waiting * attemptSeconds + tasks * EXECUTOR_SECONDS;
};

/**
 * Mean time of a child with so many tasks, in seconds: that of its slowest task, waits between attempts included. One task in forty
 * that waits keeps the place of all forty, so this grows with retries much faster than the tasks' own time.
 */
export const childSeconds = (workload: Workload, tasks = tasksPerChild(workload)): number => {
  const { attemptSeconds, config } = workload;
  const delays = retryDelays(config.retry_strategy, config.max_retries);
  return retryChances(workload).reduce(
    (sum, chance, index) => sum + (1 - (1 - chance) ** tasks) * (delays[index]! + attemptSeconds),
    batchSeconds(workload, tasks),
  );
};

/** What a task takes of executors on average. */
export interface ExecutorShare {
  readonly invocations: number;
  readonly seconds: number;
}

/** What a task takes of executors by itself, beside its batch: one that throws its first failure again, and one for each retry. */
export const shareAlone = (workload: Workload): ExecutorShare => {
  const firstRetries = firstRetriesPerTask(workload);
  const retries = retriesPerTask(workload);
  return {
    invocations: firstRetries + retries,
    seconds: firstRetries * EXECUTOR_SECONDS + retries * (workload.attemptSeconds + EXECUTOR_SECONDS),
  };
};

/** What each task of full batches takes of executors, its share of its batch included. */
export const executorShare = (workload: Workload): ExecutorShare => {
  const tasks = tasksPerChild(workload);
  const batches = passesPerTask(workload) / tasks;
  const { invocations, seconds } = shareAlone(workload);
  return { invocations: batches + invocations, seconds: batches * batchSeconds(workload, tasks) + seconds };
};
