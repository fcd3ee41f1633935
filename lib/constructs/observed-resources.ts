import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";

import type { FunctionName } from "../domain/function-environment.ts";
import type { TargetPhase } from "../domain/signal.ts";

/** What alarms and dashboard of a stack look at. */
export interface ObservedResources {
  /** Name of the stage, as the metrics carry it. */
  readonly stage: string;
  readonly stateMachine: IStateMachine;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** Queues of the phases that learn. */
  readonly queues: Readonly<Record<TargetPhase, { readonly queue: IQueue; readonly deadLetters: IQueue }>>;
  /** Dead-letter queues of events and scheduled calls. */
  readonly deadLetters: readonly IQueue[];
  /** Where score-wave names the weak agents. */
  readonly scoreWaveLogs: ILogGroup;
}
