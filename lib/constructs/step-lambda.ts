import { join } from "node:path";

import type { Duration } from "aws-cdk-lib";
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

import { type FunctionEnvironment, type FunctionName, METRICS_NAMESPACE } from "../domain/function-environment.ts";
import type { Storage } from "./storage.ts";

export interface StepLambdaProps {
  /** The function's name among lambdas/, which is also its bundle's folder. */
  readonly name: FunctionName;
  /** Folder of the bundles, one folder a function. */
  readonly bundleDirectory: string;
  readonly storage: Storage;
  readonly stage: string;
  /** Time limit. */
  readonly timeout: Duration;
  /** Memory in MiB; CPU grows with it. @default 512 */
  readonly memorySize?: number;
  /** Variables that only this function has. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A function of the pipeline: its bundle, its environment, its logs. Grants are made where the function is used. */
export class StepLambda extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: StepLambdaProps) {
    super(scope, id);
    const environment: FunctionEnvironment = {
      BUCKET_NAME: props.storage.bucket.bucketName,
      TABLE_NAME: props.storage.table.tableName,
      POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      STAGE: props.stage,
    };
    this.function = new LambdaFunction(this, "Resource", {
      description: `Phase 21 ${props.name}`,
      code: Code.fromAsset(join(props.bundleDirectory, props.name)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memorySize ?? 512,
      environment: { ...environment, ...props.environment },
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(this, "Logs", { retention: RetentionDays.ONE_MONTH }),
    });
  }
}
