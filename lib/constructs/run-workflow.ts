import { Duration, Validations } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  LogLevel,
  Map as InlineMap,
  ProvideItems,
  QueryLanguage,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from "aws-cdk-lib/aws-stepfunctions";
import { DynamoAttributeValue, DynamoUpdateItem, LambdaInvoke } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";

import { limits, type WorkflowFunctionName } from "../domain/function-environment.ts";
import { recordRetrier, stepRetrier } from "../domain/retry-policy.ts";
import { toRetryProps } from "./retry-props.ts";
import { type StageName, stages } from "./stages.ts";
import type { Storage } from "./storage.ts";
import { TaskBatch } from "./task-batch.ts";
import { WorkflowRole } from "./workflow-role.ts";

export interface RunWorkflowProps {
  readonly storage: Storage;
  readonly functions: Readonly<Record<WorkflowFunctionName, IFunction>>;
  readonly stage: StageName;
}

/** Adds a state that invokes a function; its output is the function's answer where nothing else is said. */
type AddStep = (id: string, fn: IFunction, payload: Record<string, string>, outputs?: string) => LambdaInvoke;

/** The state machine that carries a run through its waves (ARCHITECTURE, "The way of a prediction"). */
export class RunWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { storage, functions, stage }: RunWorkflowProps) {
    super(scope, id);
    const step: AddStep = (stepId, fn, payload, outputs = "{% $states.result.Payload %}") =>
      LambdaInvoke.jsonata(this, stepId, {
        lambdaFunction: fn,
        payload: TaskInput.fromObject(payload),
        outputs,
        retryOnServiceExceptions: false,
        taskTimeout: Timeout.duration(Duration.seconds(limits.stepTimeoutSeconds + 10)),
      }).addRetry(toRetryProps(stepRetrier)) as LambdaInvoke;

    const plan = step("PlanWaves", functions["plan-waves"], {
      run_id: "{% $states.input.run_id %}",
      object: "{% $states.input %}",
      started_at: "{% $states.context.Execution.StartTime %}",
    });
    const report = step("WriteReport", functions["write-report"], { run_id: "{% $states.input.run_id %}" });
    const waves = this.wave(storage, functions, step);
    const groups = InlineMap.jsonata(this, "RunGroups", {
      items: ProvideItems.jsonata("{% $states.input.groups %}"),
      itemSelector: {
        run_id: "{% $states.input.run_id %}",
        wave_concurrency: "{% $states.input.wave_concurrency %}",
        waves: "{% $states.context.Map.Item.Value.waves %}",
      },
      maxConcurrency: 1,
      outputs: { run_id: "{% $states.input.run_id %}" },
    });
    groups.itemProcessor(waves);

    const failed = this.recordFailure(storage, step, functions["write-report"]);
    const onError = {
      errors: ["States.ALL"],
      outputs: { ...failedOutput, run_id: "{% $states.context.Execution.Name %}" },
    };
    for (const state of [plan, groups, report]) state.addCatch(failed, onError);
    const definition = plan.next(groups).next(report).next(Succeed.jsonata(this, "Done"));

    const access = new WorkflowRole(this, "Role", { storage, functions: Object.values(functions) });
    const { logRetention, removalPolicy } = stages[stage];
    this.stateMachine = new StateMachine(this, "Resource", {
      definitionBody: DefinitionBody.fromChainable(definition),
      queryLanguage: QueryLanguage.JSONATA,
      role: access.role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, "Logs", { retention: logRetention, removalPolicy }),
        // At ALL, each of the thousands of events of a run would be paid for; what happened to a task stands in its record.
        level: LogLevel.ERROR,
      },
    });
    // CDK's own grant for Map Runs reaches no role; ours takes its place.
    this.stateMachine.node.tryRemoveChild("DistributedMapPolicy");
    access.grantMapRuns(this.stateMachine);
    Validations.of(this.stateMachine).acknowledge({
      id: "AwsSolutions-SF1",
      reason: "Errors are logged; ALL would bill every event of every task, and the records in S3 tell more.",
    });
  }

  /** The waves of a group, side by side where the run asked for it: assign, execute until nothing is pending, publish, score. */
  private wave(storage: Storage, functions: RunWorkflowProps["functions"], step: AddStep): InlineMap {
    const where = {
      run_id: "{% $states.input.run_id %}",
      wave: "{% $states.input.wave %}",
      pass: "{% $states.input.pass %}",
    };
    const assign = step("AssignWave", functions["assign-wave"], { previous: "{% $states.input %}" });
    const dispatch = new TaskBatch(this, "Tasks", { bucket: storage.bucket, executor: functions["execute-task"] })
      .state;
    const wait = Wait.jsonata(this, "Wait", { time: WaitTime.timestamp("{% $states.input.wait_until %}") });
    const publish = step("PublishSignals", functions["publish-signals"], where);
    const score = step("ScoreWave", functions["score-wave"], {
      ...where,
      signals: "{% $states.input.signals %}",
    });
    const next = Choice.jsonata(this, "AnythingToDo")
      .when(Condition.jsonata("{% $exists($states.input.wait_until) %}"), wait)
      .when(Condition.jsonata("{% $states.input.assigned > 0 %}"), dispatch)
      .otherwise(publish.next(score));
    // What broke off has left the results of the children that ended; the next pass goes on with the others.
    const pause = Wait.jsonata(this, "WaitAfterBrokenDispatch", {
      time: WaitTime.seconds("{% $power(2, $states.input.dispatch_failures) %}"),
    });
    dispatch.addCatch(pause, { errors: ["States.ALL"], outputs: brokenDispatch });
    pause.next(assign);
    dispatch.next(assign);
    wait.next(assign);
    assign.next(next);

    const waves = InlineMap.jsonata(this, "RunWaves", {
      items: ProvideItems.jsonata("{% $states.input.waves %}"),
      itemSelector: {
        run_id: "{% $states.input.run_id %}",
        wave: "{% $states.context.Map.Item.Value %}",
        pass: "{% 0 %}",
      },
      jsonataMaxConcurrency: "{% $states.input.wave_concurrency %}",
      outputs: "{% $count($states.result) %}",
    });
    waves.itemProcessor(assign);
    return waves;
  }

  /** Puts on record why a run ended early, gives every task its record all the same, and ends the run so. */
  private recordFailure(storage: Storage, step: AddStep, writeReport: IFunction): DynamoUpdateItem {
    const record = DynamoUpdateItem.jsonata(this, "RecordFailure", {
      table: storage.table,
      key: {
        pk: DynamoAttributeValue.fromString("{% 'RUN#' & $states.input.run_id %}"),
        sk: DynamoAttributeValue.fromString("RUN"),
      },
      updateExpression: "SET #status = :status, #error = :error, cause = :cause, finished_at = :at, run_id = :run",
      expressionAttributeNames: { "#status": "status", "#error": "error" },
      expressionAttributeValues: {
        ":status": DynamoAttributeValue.fromString("FAILED"),
        ":error": DynamoAttributeValue.fromString("{% $states.input.error %}"),
        ":cause": DynamoAttributeValue.fromString("{% $states.input.cause %}"),
        ":at": DynamoAttributeValue.fromString("{% $now() %}"),
        ":run": DynamoAttributeValue.fromString("{% $states.input.run_id %}"),
      },
      outputs: "{% $states.input %}",
    });
    record.addRetry(toRetryProps(recordRetrier));
    const end = Fail.jsonata(this, "RunFailed", {
      error: "{% $states.input.error %}",
      cause: "{% $states.input.cause %}",
    });
    const salvage = step(
      "SalvageRun",
      writeReport,
      { run_id: "{% $states.input.run_id %}", failed: "{% { 'error': $states.input.error } %}" },
      "{% $states.input %}",
    );
    salvage.addCatch(end, { errors: ["States.ALL"], outputs: "{% $states.input %}" });
    record.next(salvage).next(end);
    return record;
  }
}

const brokenDispatch = `{% $merge([$states.input, {
  'dispatch_error': $states.errorOutput.Error & ': ' & $substring($string($states.errorOutput.Cause), 0, 500),
  'dispatch_failures': ($exists($states.input.dispatch_failures) ? $states.input.dispatch_failures : 0) + 1
}]) %}`;

const failedOutput = {
  error: "{% $states.errorOutput.Error %}",
  cause: "{% $exists($states.errorOutput.Cause) ? $substring($string($states.errorOutput.Cause), 0, 2000) : '' %}",
};
