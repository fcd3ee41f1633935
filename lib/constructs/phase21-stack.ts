import { ArnFormat, CfnOutput, Duration, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

import {
  type FunctionName,
  limits,
  type PlanWavesEnvironment,
  type QueueEnvironment,
  type StartRunEnvironment,
} from "../domain/function-environment.ts";
import { targetPhases } from "../domain/signal.ts";
import { createDeadLetterQueue } from "./dead-letter-queue.ts";
import { grantAccess } from "./function-access.ts";
import { Observability } from "./observability.ts";
import { RunWorkflow } from "./run-workflow.ts";
import { SignalQueues } from "./signal-queues.ts";
import { type StageName, stages } from "./stages.ts";
import { StepLambda, type StepLambdaProps } from "./step-lambda.ts";
import { Storage } from "./storage.ts";
import { Triggers } from "./triggers.ts";

export interface Phase21StackProps extends StackProps {
  /** Which stage it is; metrics carry it as a dimension. */
  readonly stage: StageName;
  /** Folder of the functions' bundles, one folder a function. */
  readonly bundleDirectory: string;
  /** Who is told of alarms, by mail. @default nobody: subscribe to the topic */
  readonly alarmEmail?: string;
}

/** Everything that a run needs: joins storage, queues, functions, the state machine and what starts it. */
export class Phase21Stack extends Stack {
  constructor(scope: Construct, id: string, { stage, bundleDirectory, alarmEmail, ...props }: Phase21StackProps) {
    super(scope, id, props);
    const storage = new Storage(this, "Storage", stage);
    const { queues } = new SignalQueues(this, "Signals");
    const lostEvents = createDeadLetterQueue(this, "LostEvents");
    const lambda = (constructId: string, name: FunctionName, more: Partial<StepLambdaProps> = {}) => {
      const made = new StepLambda(this, constructId, {
        name,
        stage,
        bundleDirectory,
        storage,
        timeout: Duration.seconds(limits.stepTimeoutSeconds),
        memorySize: 1_024,
        ...more,
      });
      grantAccess(made.function, name, storage);
      return made;
    };

    const planEnvironment: PlanWavesEnvironment = { EMPTY_FLEET: stages[stage].emptyFleet };
    const queueEnvironment = Object.fromEntries(
      targetPhases.map((phase) => [`PHASE_${phase}_QUEUE_URL`, queues[phase].queue.queueUrl]),
    ) as QueueEnvironment;
    const scoreWave = lambda("ScoreWave", "score-wave");
    const functions = {
      "plan-waves": lambda("PlanWaves", "plan-waves", { environment: { ...planEnvironment } }).function,
      "assign-wave": lambda("AssignWave", "assign-wave").function,
      "execute-task": lambda("ExecuteTask", "execute-task", {
        timeout: Duration.seconds(limits.executorTimeoutSeconds),
        memorySize: 256,
        concurrency: limits.executorConcurrency,
        calledPerTask: true,
      }).function,
      "publish-signals": lambda("PublishSignals", "publish-signals", { environment: { ...queueEnvironment } }).function,
      "score-wave": scoreWave.function,
      "write-report": lambda("WriteReport", "write-report").function,
    };
    functions["publish-signals"].addToRolePolicy(
      new PolicyStatement({
        actions: ["sqs:SendMessage"],
        resources: targetPhases.map((phase) => queues[phase].queue.queueArn),
      }),
    );
    this.grantAgents(functions["execute-task"]);

    const { stateMachine } = new RunWorkflow(this, "Run", { storage, functions, stage });
    const startEnvironment: StartRunEnvironment = { STATE_MACHINE_ARN: stateMachine.stateMachineArn };
    const startRun = lambda("StartRun", "start-run", {
      timeout: Duration.seconds(30),
      memorySize: 256,
      environment: { ...startEnvironment },
      deadLetterQueue: lostEvents,
    }).function;
    stateMachine.grantStartExecution(startRun);
    const watchAgents = lambda("WatchAgents", "watch-agents", {
      timeout: Duration.minutes(1),
      deadLetterQueue: lostEvents,
    }).function;
    const sweepInbox = lambda("SweepInbox", "sweep-inbox", {
      timeout: Duration.minutes(5),
      environment: { ...startEnvironment },
      deadLetterQueue: lostEvents,
    }).function;
    stateMachine.grantStartExecution(sweepInbox);
    new Triggers(this, "Triggers", {
      bucket: storage.bucket,
      startRun,
      watchAgents,
      sweepInbox,
      deadLetters: lostEvents,
    });

    const { topic } = new Observability(this, "Observability", {
      stage,
      stateMachine,
      functions: { ...functions, "start-run": startRun, "watch-agents": watchAgents, "sweep-inbox": sweepInbox },
      queues,
      deadLetters: [lostEvents],
      scoreWaveLogs: scoreWave.logs,
      ...(alarmEmail !== undefined && { alarmEmail }),
    });

    new CfnOutput(this, "AlarmTopicArn", { value: topic.topicArn });
    new CfnOutput(this, "BucketName", { value: storage.bucket.bucketName });
    new CfnOutput(this, "TableName", { value: storage.table.tableName });
    new CfnOutput(this, "StateMachineArn", { value: stateMachine.stateMachineArn });
    for (const phase of targetPhases) {
      new CfnOutput(this, `Phase${phase}QueueUrl`, { value: queues[phase].queue.queueUrl });
    }
  }

  /** Lets the executor call agents and gates that are functions, and read the secrets of those that are not. */
  private grantAgents(executor: IFunction): void {
    const arn = (service: string, resource: string, resourceName: string): string =>
      this.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const reason =
      "Agents, Phase 13 gates and their secrets belong to the users of the stack; what they may be called is all that is known when it is deployed.";
    const grants = [
      ["lambda:InvokeFunction", "lambda", "function", "phase21-agent-*"],
      ["lambda:InvokeFunction", "lambda", "function", "phase21-gate-*"],
      ["secretsmanager:GetSecretValue", "secretsmanager", "secret", "phase21/*"],
    ] as const;
    for (const [action, service, resource, name] of grants) {
      executor.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [arn(service, resource, name)] }));
      if (executor.role === undefined) continue;
      Validations.of(executor.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${resource}:${name}]`,
        reason,
      });
    }
  }
}
