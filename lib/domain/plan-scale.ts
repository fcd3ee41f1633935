import { type Bill, billUsage } from "./bill.ts";
import {
  bindingBound,
  type Bound,
  boundsOf,
  type Split,
  splitTasks,
  wavesSideBySide,
  type Workload,
} from "./capacity.ts";
import { type Duration, estimateDuration } from "./estimate.ts";
import { estimateUsage, multiplyUsage } from "./estimate-usage.ts";
import { addUsage, type Usage } from "./usage.ts";

/** Tasks, cut into runs, with what bounds them and what they are expected to take. */
export interface ScalePlan extends Split {
  readonly tasks: number;
  /** All of them, the tightest first. */
  readonly bounds: readonly Bound[];
  readonly binding: Bound;
  /** Of one run of the largest size. */
  readonly run: Duration;
  /** All runs one after the other, in seconds. */
  readonly seconds: number;
  /** All runs at once, in seconds: they share the executors, so nothing but waiting is saved. */
  readonly seconds_side_by_side: number;
  readonly usage: Usage;
  readonly bill: Bill;
  readonly usd_per_million_tasks: number;
}

/** The tasks of each wave of a run. */
const wavesOf = (tasks: number, waves: number): readonly number[] =>
  Array.from({ length: waves }, (_, index) => Math.floor((tasks + waves - 1 - index) / waves));

/**
 * Plans so many tasks, of whom nothing but the workload is known: how many runs and waves they are, what bounds them on AWS, and what
 * they are expected to take and cost. `signalsPerTask` are sent to the phases that learn.
 */
export const planScale = (tasks: number, workload: Workload, signalsPerTask: number): ScalePlan => {
  const split = splitTasks(tasks, workload.config.num_waves);
  const { runs, tasks_per_run: perRun, waves_per_run: waveCount } = split;
  const waves = wavesOf(perRun, waveCount);
  const sideBySide = wavesSideBySide(workload, waveCount);
  const bounds = boundsOf(workload, sideBySide);
  const run = estimateDuration(waves, workload);
  // Runs differ by a task at the most, so the largest stands for all of them.
  const rest = tasks - perRun * (runs - 1);
  const usage = addUsage(
    multiplyUsage(estimateUsage({ waves, workload, signalsPerTask }), runs - 1),
    estimateUsage({ waves: wavesOf(rest, waveCount), workload, signalsPerTask }),
  );
  const bill = billUsage(usage);
  const unshared = bindingBound(boundsOf(workload, sideBySide * runs));
  return {
    tasks,
    ...split,
    bounds,
    binding: bindingBound(bounds),
    run,
    seconds: run.seconds * runs,
    seconds_side_by_side: Math.max(run.seconds, tasks / unshared.tasks_per_second),
    usage,
    bill,
    usd_per_million_tasks: (bill.usd / tasks) * 1_000_000,
  };
};
