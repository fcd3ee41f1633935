import { join } from "node:path";

import { type Duration, Validations } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import { type FunctionEnvironment, type FunctionName, METRICS_NAMESPACE } from "../domain/function-environment.ts";
import { type StageName, stages } from "./stages.ts";
import type { Storage } from "./storage.ts";

export interface StepLambdaProps {
  /** The function's name among lambdas/, which is also its bundle's folder. */
  readonly name: FunctionName;
  /** Folder of the bundles, one folder a function. */
  readonly bundleDirectory: string;
  readonly storage: Storage;
  readonly stage: StageName;
  /** Time limit. */
  readonly timeout: Duration;
  /** Memory in MiB; CPU grows with it. @default 512 */
  readonly memorySize?: number;
  /** Variables that only this function has. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Invocations at the same time: kept free for it, and never more. @default what the account has left */
  readonly concurrency?: number;
  /**
   * It is called for every batch of tasks and for what is tried again: Lambda's own lines of an invocation that succeeded, and a trace
   * that its caller did not ask for, would cost more than the invocation. @default false
   */
  readonly calledPerTask?: boolean;
  /** Takes the events that it failed on, where it is called asynchronously. @default nobody calls it so */
  readonly deadLetterQueue?: IQueue;
}

/** A function of the pipeline: its bundle, its environment, its logs, and a role that may write these and trace. */
export class StepLambda extends Construct {
  readonly function: LambdaFunction;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: StepLambdaProps) {
    super(scope, id);
    const { logLevel, logRetention, removalPolicy } = stages[props.stage];
    const environment: FunctionEnvironment = {
      BUCKET_NAME: props.storage.bucket.bucketName,
      TABLE_NAME: props.storage.table.tableName,
      POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      STAGE: props.stage,
    };
    this.logs = new LogGroup(this, "Logs", { retention: logRetention, removalPolicy });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    this.logs.grantWrite(role);
    this.function = new LambdaFunction(this, "Resource", {
      description: `Phase 21 ${props.name}`,
      code: Code.fromAsset(join(props.bundleDirectory, props.name)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memorySize ?? 512,
      environment: { ...environment, ...props.environment },
      role,
      tracing: props.calledPerTask === true ? Tracing.PASS_THROUGH : Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: logLevel,
      ...(props.calledPerTask === true && { systemLogLevelV2: SystemLogLevel.WARN }),
      logGroup: this.logs,
      ...(props.concurrency !== undefined && { reservedConcurrentExecutions: props.concurrency }),
      ...(props.deadLetterQueue !== undefined && { deadLetterQueue: props.deadLetterQueue }),
    });
    Validations.of(role).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "X-Ray's PutTraceSegments and PutTelemetryRecords know no resources; nothing else stands on *.",
    });
  }
}
