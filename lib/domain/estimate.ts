import { boundsOf, wavesSideBySide, type Workload } from "./capacity.ts";
import { childSeconds, executorShare, tasksPerChild } from "./child-time.ts";
import { passShares } from "./estimate-attempts.ts";
import { limits } from "./function-environment.ts";

/** What the steps around the tasks take on AWS, in seconds; guessed as twice what they take on a laptop, since nobody measured it there. */
const stepSeconds = {
  /** A call of a step, whatever it does. */
  call: 0.3,
  /** For each task of the run: planning it, and writing its record into the report. */
  run: 40e-6,
  /** For each task of a wave: assigning it, settling its result, and telling what was learnt. */
  wave: 90e-6,
} as const;

/** How long a run is expected to take on AWS. */
export interface Duration {
  readonly seconds: number;
  /** Of it, when tasks run. */
  readonly dispatch_seconds: number;
  /** Of it, what planning, assigning, publishing, scoring and the report take. */
  readonly step_seconds: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A pass of a wave. */
interface Pass {
  /** That any task is left for it, 0..1. */
  readonly chance: number;
  /** Tasks that it then has. */
  readonly tasks: number;
  readonly children: number;
}

/** The passes that a wave may have: the first one, and another where tasks are left to a backup, up to the run's `max_passes`. */
export const passesOf = (tasks: number, workload: Workload): readonly Pass[] =>
  passShares(workload)
    .map((share) => ({ share, chance: -Math.expm1(tasks * Math.log1p(-share)) }))
    .filter(({ chance }) => chance > 0)
    .map(({ share, chance }) => {
      const left = (tasks * share) / chance;
      return { chance, tasks: left, children: Math.ceil(left / tasksPerChild(workload)) };
    });

/** Expected number of times that a wave is dispatched. */
export const dispatchesOf = (tasks: number, workload: Workload): number =>
  sum(passesOf(tasks, workload).map(({ chance }) => chance));

/** Time in which the children of a wave run, in seconds, when nothing else holds them up. */
const childRounds = (tasks: number, workload: Workload): number =>
  sum(
    passesOf(tasks, workload).map(({ chance, children, tasks: ofPass }) => {
      const ofOne = childSeconds(workload, Math.min(ofPass, tasksPerChild(workload)));
      // Children end at different times, so places are taken again at once: whole rounds count only where there is a single one.
      return chance * ofOne * Math.max(1, children / workload.config.dispatch_concurrency);
    }),
  );

/** Time that tasks of a run take, in seconds: by the children of its waves, or by whatever else is slower. */
const dispatchSeconds = (waves: readonly number[], workload: Workload): number => {
  const sideBySide = wavesSideBySide(workload, waves.length);
  const children = sum(waves.map((tasks) => childRounds(tasks, workload))) / sideBySide;
  const others = boundsOf(workload, sideBySide).find(({ name, held }) => held && name !== "children")!;
  return Math.max(children, sum(waves) / others.tasks_per_second);
};

/** Time of the calls of a run's steps, in seconds, one after the other. `waves` holds the tasks of each. */
export const runStepSeconds = (waves: readonly number[], workload: Workload): number => {
  const calls = sum(waves.map((tasks) => dispatchesOf(tasks, workload) + 3)) + 2;
  return calls * stepSeconds.call + sum(waves) * (stepSeconds.run + stepSeconds.wave);
};

/**
 * How long a run is expected to take on AWS; `waves` holds the tasks of each wave. Cold starts, throttling and the time of AWS's own
 * steps are not in it.
 */
export const estimateDuration = (waves: readonly number[], workload: Workload): Duration => {
  if (waves.length === 0) return { seconds: 0, dispatch_seconds: 0, step_seconds: 0 };
  const dispatch = dispatchSeconds(waves, workload);
  const inAll = runStepSeconds(waves, workload);
  const ofRun = 2 * stepSeconds.call + sum(waves) * stepSeconds.run;
  const steps = ofRun + (inAll - ofRun) / wavesSideBySide(workload, waves.length);
  return { seconds: dispatch + steps, dispatch_seconds: dispatch, step_seconds: steps };
};

/** Executors that are at work at a time while the tasks of a run are dispatched. */
export const executorsAtWork = (waves: readonly number[], workload: Workload): number => {
  const share = executorShare(workload);
  const tasks = sum(waves);
  const atOnce = Math.ceil((tasks * share.seconds) / dispatchSeconds(waves, workload));
  return Math.max(1, Math.min(limits.executorConcurrency, atOnce, Math.ceil(tasks * share.invocations)));
};
