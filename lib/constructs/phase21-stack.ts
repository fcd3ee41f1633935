import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

import {
  type FunctionName,
  limits,
  type QueueEnvironment,
  type StartRunEnvironment,
} from "../domain/function-environment.ts";
import { targetPhases } from "../domain/signal.ts";
import { RunWorkflow } from "./run-workflow.ts";
import { SignalQueues } from "./signal-queues.ts";
import { StepLambda, type StepLambdaProps } from "./step-lambda.ts";
import { Storage } from "./storage.ts";
import { Triggers } from "./triggers.ts";

export interface Phase21StackProps extends StackProps {
  /** Name of the stage; metrics carry it as a dimension. */
  readonly stage: string;
  /** Folder of the functions' bundles, one folder a function. */
  readonly bundleDirectory: string;
}

/** Everything that a run needs: joins storage, queues, functions, the state machine and what starts it. */
export class Phase21Stack extends Stack {
  constructor(scope: Construct, id: string, { stage, bundleDirectory, ...props }: Phase21StackProps) {
    super(scope, id, props);
    const storage = new Storage(this, "Storage");
    const { queues } = new SignalQueues(this, "Signals");
    const lambda = (constructId: string, name: FunctionName, more: Partial<StepLambdaProps> = {}) =>
      new StepLambda(this, constructId, {
        name,
        stage,
        bundleDirectory,
        storage,
        timeout: Duration.seconds(limits.stepTimeoutSeconds),
        memorySize: 1_024,
        ...more,
      }).function;

    const queueEnvironment = Object.fromEntries(
      targetPhases.map((phase) => [`PHASE_${phase}_QUEUE_URL`, queues[phase].queueUrl]),
    ) as QueueEnvironment;
    const functions = {
      "plan-waves": lambda("PlanWaves", "plan-waves"),
      "assign-wave": lambda("AssignWave", "assign-wave"),
      "execute-task": lambda("ExecuteTask", "execute-task", {
        timeout: Duration.seconds(limits.executorTimeoutSeconds),
        memorySize: 256,
      }),
      "publish-signals": lambda("PublishSignals", "publish-signals", { environment: { ...queueEnvironment } }),
      "score-wave": lambda("ScoreWave", "score-wave"),
      "write-report": lambda("WriteReport", "write-report"),
    };
    storage.bucket.grantRead(functions["plan-waves"], "inbox/*");
    for (const fn of Object.values(functions)) {
      storage.bucket.grantReadWrite(fn, "runs/*");
      storage.table.grantReadWriteData(fn);
    }
    for (const phase of targetPhases) queues[phase].grantSendMessages(functions["publish-signals"]);
    // Agents and Phase 13 gates belong to the users of the stack, so their names are not known when it is deployed.
    functions["execute-task"].addToRolePolicy(
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: ["phase21-agent-*", "phase21-gate-*"].map((resourceName) =>
          this.formatArn({
            service: "lambda",
            resource: "function",
            resourceName,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
      }),
    );
    functions["execute-task"].addToRolePolicy(
      new PolicyStatement({
        actions: ["secretsmanager:GetSecretValue"],
        resources: [
          this.formatArn({
            service: "secretsmanager",
            resource: "secret",
            resourceName: "phase21/*",
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );

    const { stateMachine } = new RunWorkflow(this, "Run", { storage, functions });
    const startEnvironment: StartRunEnvironment = { STATE_MACHINE_ARN: stateMachine.stateMachineArn };
    const startRun = lambda("StartRun", "start-run", {
      timeout: Duration.seconds(30),
      memorySize: 256,
      environment: { ...startEnvironment },
    });
    stateMachine.grantStartExecution(startRun);
    const watchAgents = lambda("WatchAgents", "watch-agents", { timeout: Duration.minutes(1), memorySize: 512 });
    storage.table.grantReadWriteData(watchAgents);
    const sweepInbox = lambda("SweepInbox", "sweep-inbox", {
      timeout: Duration.minutes(5),
      memorySize: 512,
      environment: { ...startEnvironment },
    });
    grantSweep(sweepInbox, storage);
    stateMachine.grantStartExecution(sweepInbox);
    new Triggers(this, "Triggers", { bucket: storage.bucket, startRun, watchAgents, sweepInbox });

    new CfnOutput(this, "BucketName", { value: storage.bucket.bucketName });
    new CfnOutput(this, "TableName", { value: storage.table.tableName });
    new CfnOutput(this, "StateMachineArn", { value: stateMachine.stateMachineArn });
    for (const phase of targetPhases) new CfnOutput(this, `Phase${phase}QueueUrl`, { value: queues[phase].queueUrl });
  }
}

/** Lets a function see which uploads the inbox holds, and which of them have a run. CDK's own grants would let it list the whole bucket. */
const grantSweep = (sweep: IFunction, { bucket, table }: Storage): void => {
  table.grantReadData(sweep);
  sweep.addToRolePolicy(
    new PolicyStatement({
      actions: ["s3:ListBucket"],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { "s3:prefix": "inbox/*" } },
    }),
  );
  // HeadObject asks for the same permission as reading.
  sweep.addToRolePolicy(
    new PolicyStatement({ actions: ["s3:GetObject"], resources: [bucket.arnForObjects("inbox/*")] }),
  );
};
