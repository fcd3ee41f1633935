import { agentWriteUnits, fleetReadUnits, FLEET_VIEW_SECONDS, type Workload } from "./capacity.ts";
import { batchSeconds, childSeconds, shareAlone, tasksPerChild } from "./child-time.ts";
import { laterRetriesPerTask, retriesPerTask, writesPerTask } from "./estimate-attempts.ts";
import { dispatchesOf, estimateDuration, executorsAtWork, passesOf, runStepSeconds } from "./estimate.ts";
import { round } from "./round.ts";
import { addUsage, emptyUsage, type Usage } from "./usage.ts";

/** Gigabytes of memory that functions and Express children have. */
const memory = { executor: 0.25, step: 1, child: 0.0625 } as const;

/** Express children are billed by tenths of a second. */
const CHILD_STEP_SECONDS = 0.1;

/** An object above this size is put in parts of it. */
const PART_BYTES = 6 * 1024 * 1024;

/** What of a request to a queue is billed as one. */
const SQS_UNIT_BYTES = 65_536;

/** Bytes that a run leaves, as they were metered on the embedded cloud. */
const bytes = {
  /** A signal on its way to a phase; a little more than its text, because a request is billed by whole units. */
  signal: 410,
  /** Of a task, over all of its files but the tasks and assignments themselves: results, records, ledgers, each once a run as well. */
  files: 4_500,
  /** Lines that Lambda itself writes of a step's invocation. */
  invocation: 732,
  /** The same of an attempt that failed, with what it threw; of those that succeed no lines are kept (system log level WARN). */
  failure: 1_118,
  /** Lines of the steps of a wave besides: what they say, and its metrics. */
  wave: 2_650,
  /** Lines of the steps of a run besides its waves. */
  run: 1_710,
} as const;

/** What is known of a run beside its load. */
export interface UsageInput {
  /** Tasks of each wave. */
  readonly waves: readonly number[];
  readonly workload: Workload;
  /** Signals of a task that are sent: one for each phase that learns from single tasks. */
  readonly signalsPerTask: number;
  /** Executors that do not share what they have read; by default as many as AWS is expected to run. */
  readonly executors?: number;
  /** Waves that the fleet has worked on lately; by default as many as a fleet in use has. */
  readonly marks?: number;
}

const objectsOf = (dispatches: number) => ({
  /** Of a wave: its tasks and two ledgers, four files each time it is assigned, one of them put twice, and what each dispatch leaves. */
  wavePuts: 3 + 5 * (dispatches + 1) + 3 * dispatches,
  waveGets: 2 + 6 * dispatches + 5 * (dispatches + 1) + 1,
});

/** Objects of a run besides those of its waves, the two of its upload among them. */
const RUN_PUTS = 12;
const RUN_GETS = 5;

const waveUsage = (tasks: number, { workload, signalsPerTask, marks }: UsageInput): Usage => {
  const dispatches = dispatchesOf(tasks, workload);
  const batch = tasksPerChild(workload);
  const children = passesOf(tasks, workload).map((pass) => ({
    count: pass.chance * pass.children,
    seconds: childSeconds(workload, Math.min(batch, pass.tasks)),
    batchSeconds: batchSeconds(workload, pass.tasks / pass.children),
  }));
  const started = children.reduce((sum, { count }) => sum + count, 0);
  const alone = shareAlone(workload);
  const steps = dispatches + 3;
  const units = fleetReadUnits(workload.agents, marks);
  const busy = Math.min(workload.agents, tasks);
  const { wavePuts, waveGets } = objectsOf(dispatches);
  const parts = (tasks * (bytes.files + 2 * workload.taskBytes)) / PART_BYTES;
  return {
    ...emptyUsage(),
    // Of a wave: assigning and looking what there is to do, once more than it is dispatched; publishing and scoring.
    standardTransitions: 2 * (dispatches + 1) + dispatches + 2 + started,
    expressRequests: started,
    expressGbSeconds: children.reduce(
      (sum, { count, seconds }) =>
        sum + count * Math.ceil(round(seconds / CHILD_STEP_SECONDS, 6)) * CHILD_STEP_SECONDS * memory.child,
      0,
    ),
    lambdaRequests: started + tasks * alone.invocations + steps,
    lambdaGbSeconds:
      memory.executor *
      (children.reduce((sum, child) => sum + child.count * child.batchSeconds, 0) + tasks * alone.seconds),
    // A lease is put and deleted, and the agent's totals are written; the wave's own item.
    dynamodbWriteUnits: tasks * writesPerTask(workload) + (2 + agentWriteUnits(marks)) * busy + 1,
    // The last look at a wave finds nothing left to assign.
    dynamodbReadUnits: (dispatches + 1) * (2 + units) - 1 + 2 * (2 + units),
    sqsRequests: signalsPerTask * Math.max(1, (tasks * bytes.signal) / SQS_UNIT_BYTES),
    s3Puts: wavePuts + parts,
    s3Gets: waveGets,
    logBytes: tasks * retriesPerTask(workload) * bytes.failure + steps * bytes.invocation + bytes.wave,
    eventBridgeEvents: wavePuts,
  };
};

/**
 * What AWS is expected to bill for a run, in the units of its price list, its upload among it. X-Ray's traces and the storage of
 * what a run leaves are not in it.
 */
export const estimateUsage = (input: UsageInput): Usage => {
  const { waves, workload, marks } = input;
  if (waves.length === 0) return emptyUsage();
  const units = fleetReadUnits(workload.agents, marks);
  const tasks = waves.reduce((sum, wave) => sum + wave, 0);
  const executors = input.executors ?? executorsAtWork(waves, workload);
  const views = waves.length + Math.floor(estimateDuration(waves, workload).dispatch_seconds / FLEET_VIEW_SECONDS);
  const lookedUp = tasks * laterRetriesPerTask(workload);
  const ofRun: Usage = {
    ...emptyUsage(),
    standardTransitions: 6,
    lambdaRequests: 3,
    lambdaGbSeconds: runStepSeconds(waves, workload) * memory.step,
    dynamodbWriteUnits: 4,
    // Each executor reads fleet and control anew every few seconds; a later retry that comes to another one reads what was tried.
    dynamodbReadUnits: 2 + 2 * units + executors * views * (units + 1) + lookedUp * (1 - 1 / executors),
    s3Puts: RUN_PUTS,
    s3Gets: RUN_GETS,
    logBytes: 3 * bytes.invocation + bytes.run,
    eventBridgeEvents: RUN_PUTS,
  };
  return waves.map((wave) => waveUsage(wave, input)).reduce(addUsage, ofRun);
};

/** The same usage so many times over. */
export const multiplyUsage = (usage: Usage, times: number): Usage =>
  Object.fromEntries(Object.entries(usage).map(([field, value]) => [field, Number(value) * times])) as unknown as Usage;
