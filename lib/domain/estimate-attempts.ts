import type { Workload } from "./capacity.ts";
import { retryDelays } from "./retry-policy.ts";

/** Chances that a task is tried again for the first, second, … time in a pass. */
export const retryChances = ({ retried, config }: Pick<Workload, "retried" | "config">): readonly number[] =>
  retryDelays(config.retry_strategy, config.max_retries).map((_, index) => retried ** (index + 1));

type Faults = Pick<Workload, "retried" | "expected" | "config">;

/** Share of the tasks that a pass leaves to a backup agent, 0..1: crashes, hangs, and retries that are used up. */
export const shareLeftOver = ({ retried, expected, config }: Faults): number =>
  expected?.leftOver ?? retried ** (retryDelays(config.retry_strategy, config.max_retries).length + 1);

/** By pass, from 1 in the first one: the share of the tasks that come to it. */
export const passShares = (workload: Faults): readonly number[] => {
  const left = shareLeftOver(workload);
  return Array.from({ length: workload.config.max_passes }, (_, pass) => left ** pass);
};

/** Mean number of passes in which a task is tried. */
export const passesPerTask = (workload: Faults): number => passShares(workload).reduce((sum, share) => sum + share, 0);

/** Mean number of attempts of a task over all passes. */
export const attemptsPerTask = (workload: Faults): number =>
  workload.expected?.attempts ??
  retryChances(workload).reduce((sum, chance) => sum + chance, 1) * passesPerTask(workload);

/** Mean number of attempts of a task that are made again in the pass that they failed in. */
export const retriesPerTask = (workload: Faults): number =>
  // Both are means, made apart: where nothing is made again they may differ by a rounding error.
  Math.max(0, attemptsPerTask(workload) - passesPerTask(workload));

/** Mean number of times that a task goes on alone, because its first attempt in a pass failed with the others of its batch. */
export const firstRetriesPerTask = (workload: Faults): number =>
  Math.min(retriesPerTask(workload), passesPerTask(workload) * (retryChances(workload)[0] ?? 0));

/** Mean number of attempts of a task that read, and follow, one that stands in the table: all that are made again but the first of them. */
export const laterRetriesPerTask = (workload: Faults): number =>
  retriesPerTask(workload) - firstRetriesPerTask(workload);

/** Mean number of items that attempts of a task write: one that failed alone and is made again, and one that takes a place in its agent's rate. */
export const writesPerTask = (workload: Workload): number =>
  laterRetriesPerTask(workload) + attemptsPerTask(workload) * workload.limited;
