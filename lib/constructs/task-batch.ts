import { Duration } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import {
  DistributedMap,
  ItemBatcher,
  Map as InlineMap,
  OutputType,
  Pass,
  ProcessorMode,
  ProcessorType,
  ProvideItems,
  ResultWriterV2,
  S3JsonLItemReader,
  StateMachineType,
  Succeed,
  TaskInput,
  Timeout,
  Transformation,
  WriterConfig,
} from "aws-cdk-lib/aws-stepfunctions";
import { LambdaInvoke } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";

import { limits } from "../domain/function-environment.ts";
import { serviceRetrier, taskRetriers } from "../domain/retry-policy.ts";
import { toRetryProps } from "./retry-props.ts";

export interface TaskBatchProps {
  readonly bucket: IBucket;
  readonly executor: IFunction;
}

/** Errors that say that a time limit ended the executor, not that it broke. */
const timeoutErrors = ["States.Timeout", "Sandbox.Timedout"];

/** Lambda has no executor free: nothing was begun, so the task waits for a later pass and spends none. */
const throttled = "Lambda.TooManyRequestsException";

/** JSONata: what a task came to whose executor ended by an error. */
const outcome = `$states.errorOutput.Error = '${throttled}' ? 'deferred'
  : $states.errorOutput.Error in ${JSON.stringify(timeoutErrors)} ? 'timed_out' : 'executor_died'`;

/** JSONata: the error in one line. */
const errorText = "$states.errorOutput.Error & ': ' & $substring($string($states.errorOutput.Cause), 0, 200)";

/** JSONata: the attempt during which an executor ended, of a task of that agent. */
const interruptedAttempt = (agentId: string, batch: string, attempt: string): string => `{
  'pass': ${batch}.pass,
  'attempt': ${attempt},
  'agent_id': ${agentId},
  'started_at': $states.context.State.EnteredTime,
  'duration_ms': $max([0, $millis() - $toMillis($states.context.State.EnteredTime)]),
  'error': $states.errorOutput.Error
}`;

/** What stands for the result of a task whose executor died, or never began: a result record, never a lost task. */
const diedResult = {
  task_id: "{% $states.input.assignment.task.task_id %}",
  agent_id: "{% $states.input.assignment.agent_id %}",
  outcome: `{% ${outcome} %}`,
  predicted_success_rate: "{% $states.input.assignment.task.success_rate %}",
  decision: "{% $states.input.assignment.decision %}",
  first_attempt: "{% $exists($states.input.first_attempt.entry) ? $states.input.first_attempt.entry : null %}",
  attempts: `{% $states.errorOutput.Error = '${throttled}' ? [] : [${interruptedAttempt(
    "$states.input.assignment.agent_id",
    "$states.input.batch",
    "$states.context.State.RetryCount + 1",
  )}] %}`,
  error: `{% ${errorText} %}`,
};

/** The same for each task of a batch, where there was no executor for it, or no time is left for its tasks to go on. */
const endedResults = `{% [$states.input.Items.{
  'task_id': task.task_id,
  'agent_id': agent_id,
  'outcome': ${outcome},
  'predicted_success_rate': task.success_rate,
  'decision': decision,
  'attempts': $states.errorOutput.Error = '${throttled}' ? [] : [${interruptedAttempt(
    "agent_id",
    "$states.input.BatchInput.batch",
    "1",
  )}],
  'error': ${errorText}
}] %}`;

/** An executor that died may have asked each agent of its batch: that counts as an attempt, and each task goes on without the others. */
const lostBatch = {
  batch: "{% $states.input.BatchInput.batch %}",
  unended: `{% [$states.input.Items.{
    'assignment': $,
    'first_attempt': { 'entry': ${interruptedAttempt("agent_id", "$states.input.BatchInput.batch", "1")} }
  }] %}`,
};

/**
 * Runs a file of assignments: a Distributed Map reads it from S3 and hands batches to Express children. There one invocation makes the
 * first attempts of all tasks of a batch; each task that is not done then goes on by invocations of its own, with native retries. Only
 * counts and keys come back; results go to S3.
 */
export class TaskBatch extends Construct {
  readonly state: DistributedMap;

  constructor(scope: Construct, id: string, { bucket, executor }: TaskBatchProps) {
    super(scope, id);
    const first = this.firstAttempts(executor);
    const others = InlineMap.jsonata(this, "ExecuteTasks", {
      items: ProvideItems.jsonata("{% $states.input.unended %}"),
      itemSelector: {
        batch: "{% $states.input.batch %}",
        assignment: "{% $states.context.Map.Item.Value.assignment %}",
        first_attempt: "{% $states.context.Map.Item.Value.first_attempt %}",
      },
      maxConcurrency: limits.batchSize,
      outputs: ["{% $ended %}", "{% $states.result %}"],
    });
    others.itemProcessor(this.nextAttempts(executor));
    first.addCatch(Succeed.jsonata(this, "BatchNotDone"), {
      errors: [throttled, ...timeoutErrors],
      outputs: endedResults,
    });
    first.addCatch(others, { errors: ["States.ALL"], assign: { ended: [] }, outputs: lostBatch });

    this.state = DistributedMap.jsonata(this, "DispatchTasks", {
      label: "dispatch",
      mapExecutionType: StateMachineType.EXPRESS,
      itemReader: new S3JsonLItemReader({ bucket, key: "{% $states.input.assignments_key %}" }),
      itemBatcher: new ItemBatcher({
        maxItemsPerBatch: limits.batchSize,
        maxInputBytesPerBatch: limits.batchBytes,
        batchInput: { batch: "{% $states.input.batch %}" },
      }),
      // What an earlier release has assigned does not say.
      jsonataMaxConcurrency: `{% $exists($states.input.dispatch_concurrency) ? $states.input.dispatch_concurrency : ${limits.dispatchConcurrency} %}`,
      // A child that died is found in the FAILED file and its tasks are pending again: no child may fail the wave.
      toleratedFailurePercentage: 100,
      resultWriterV2: new ResultWriterV2({
        bucket,
        prefix: "{% $states.input.results_prefix %}",
        writerConfig: new WriterConfig({ outputType: OutputType.JSONL, transformation: Transformation.FLATTEN }),
      }),
      outputs: "{% $merge([$states.input, { 'manifest_key': $states.result.ResultWriterDetails.Key }]) %}",
    });
    this.state.itemProcessor(first.next(others), {
      mode: ProcessorMode.DISTRIBUTED,
      executionType: ProcessorType.EXPRESS,
    });
  }

  /** Makes the first attempt at each task of a batch; what has ended is kept aside, what has not goes on. */
  private firstAttempts(executor: IFunction): LambdaInvoke {
    return LambdaInvoke.jsonata(this, "ExecuteBatch", {
      ...invoked(executor),
      payload: TaskInput.fromObject({
        batch: "{% $states.input.BatchInput.batch %}",
        assignments: "{% $states.input.Items %}",
        child_started_at: "{% $states.context.Execution.StartTime %}",
      }),
      assign: { ended: "{% $states.result.Payload.ended %}" },
      outputs: {
        batch: "{% $states.input.BatchInput.batch %}",
        unended: "{% $states.result.Payload.unended %}",
      },
    }).addRetry(toRetryProps(serviceRetrier)) as LambdaInvoke;
  }

  /** Makes attempts at one task until it has ended. */
  private nextAttempts(executor: IFunction): LambdaInvoke {
    const execute = LambdaInvoke.jsonata(this, "ExecuteTask", {
      ...invoked(executor),
      payload: TaskInput.fromObject({
        batch: "{% $states.input.batch %}",
        assignment: "{% $states.input.assignment %}",
        first_attempt: "{% $states.input.first_attempt %}",
        retry_count: "{% $states.context.State.RetryCount %}",
        child_started_at: "{% $states.context.Execution.StartTime %}",
      }),
      outputs: "{% $states.result.Payload %}",
    });
    for (const retrier of [...taskRetriers, serviceRetrier]) execute.addRetry(toRetryProps(retrier));
    const died = Pass.jsonata(this, "ExecutorDied");
    return execute.addCatch(died, { errors: ["States.ALL"], outputs: diedResult }) as LambdaInvoke;
  }
}

/** How the executor is called, whatever it is to do. */
const invoked = (lambdaFunction: IFunction) => ({
  lambdaFunction,
  retryOnServiceExceptions: false,
  taskTimeout: Timeout.duration(Duration.seconds(limits.executorStateTimeoutSeconds)),
});
