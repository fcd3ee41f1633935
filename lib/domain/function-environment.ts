import type { TargetPhase } from "./signal.ts";

/** What the stack tells every function through its environment. */
export interface FunctionEnvironment {
  readonly BUCKET_NAME: string;
  readonly TABLE_NAME: string;
  readonly POWERTOOLS_METRICS_NAMESPACE: string;
  readonly STAGE: string;
}

/** What becomes of a run whose fleet has no agents: simulated ones take their place, or it is refused. */
export type EmptyFleet = "simulate" | "refuse";

/** What plan-waves is told besides. */
export interface PlanWavesEnvironment {
  readonly EMPTY_FLEET: EmptyFleet;
}

/** What publish-signals is told besides. */
export type QueueEnvironment = Readonly<Record<`PHASE_${TargetPhase}_QUEUE_URL`, string>>;

/** What start-run and sweep-inbox are told besides. */
export interface StartRunEnvironment {
  readonly STATE_MACHINE_ARN: string;
}

/** CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = "Phase21";

/** The functions that the state machine calls, named as their files in lambdas/ and their steps in lib/steps/. */
const workflowFunctionNames = [
  "plan-waves",
  "assign-wave",
  "execute-task",
  "publish-signals",
  "score-wave",
  "write-report",
] as const;
export type WorkflowFunctionName = (typeof workflowFunctionNames)[number];

/** All functions of the stack: besides those, the one that an upload calls and those that schedules call. */
export const functionNames = [...workflowFunctionNames, "start-run", "watch-agents", "sweep-inbox"] as const;
export type FunctionName = (typeof functionNames)[number];

/** Tasks that one child execution runs, their first attempts all at the same time: an inline Map runs 40 at most. */
const batchSize = 40;

/** Executors at the same time, which the 1,000 of an account that asked for no more leave room for. */
const executorConcurrency = 800;

/** Limits of the stack that rules and constructs share; what does not fit together fails a test, not a run. */
export const limits = {
  batchSize,
  executorConcurrency,
  /**
   * Child executions of a wave at the same time, where a run does not say: so many that each of their tasks finds an executor, should all
   * of them have to go on alone.
   */
  dispatchConcurrency: executorConcurrency / batchSize,
  /** The most that a run may say: Step Functions starts so many a second. */
  maxDispatchConcurrency: 1_000,
  /**
   * Bytes of a batch. An executor's answer may have 256 KiB, and holds the tasks that have not ended beside the results of those that
   * have: forty results take up to 130,000. A task with its history has to fit into it (`MAX_TASK_BYTES` in lib/steps).
   */
  batchBytes: 128_000,
  /** The executor's Lambda ends after the last attempt that it may begin, before the state that waits for it, and that before the child. */
  executorTimeoutSeconds: 292,
  executorStateTimeoutSeconds: 296,
  expressChildSeconds: 300,
  stepTimeoutSeconds: 900,
} as const;
