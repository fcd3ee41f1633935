import type { TargetPhase } from "./signal.ts";

/** What the stack tells every function through its environment. */
export interface FunctionEnvironment {
  readonly BUCKET_NAME: string;
  readonly TABLE_NAME: string;
  readonly POWERTOOLS_METRICS_NAMESPACE: string;
  readonly STAGE: string;
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

/** Limits of the stack that rules and constructs share; what does not fit together fails a test, not a run. */
export const limits = {
  /** Tasks that one child execution runs, all at the same time: an inline Map runs 40 at most. */
  batchSize: 40,
  /** Bytes of a batch; a child's input may have 256 KiB, and the batch's context takes its part. */
  batchBytes: 200_000,
  /** Child executions at the same time; times `batchSize` is the executor's concurrency: 800, which a new account's 1,000 leave room for. */
  dispatchConcurrency: 20,
  /** The executor's Lambda ends before the state that waits for it, and that before the Express child. */
  executorTimeoutSeconds: 285,
  executorStateTimeoutSeconds: 290,
  expressChildSeconds: 300,
  stepTimeoutSeconds: 900,
} as const;
