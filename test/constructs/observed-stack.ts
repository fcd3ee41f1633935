import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { DefinitionBody, Pass, StateMachine } from "aws-cdk-lib/aws-stepfunctions";

import { Observability, type ObservabilityProps } from "../../lib/constructs/observability.ts";
import { type FunctionName, functionNames } from "../../lib/domain/function-environment.ts";
import { type TargetPhase, targetPhases } from "../../lib/domain/signal.ts";

/** A stack of what is observed and nothing else, synthesized. */
export const synthesizeObserved = (changes: Partial<ObservabilityProps> = {}): Template => {
  const stack = new Stack(new App({ analyticsReporting: false }), "Observed");
  const createFunction = (name: FunctionName) =>
    new LambdaFunction(stack, name, {
      code: Code.fromInline("exports.handler = () => {}"),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
    });
  const createQueues = (phase: TargetPhase) => ({
    queue: new Queue(stack, `Phase${phase}`),
    deadLetters: new Queue(stack, `Phase${phase}DeadLetters`),
  });
  new Observability(stack, "Observability", {
    stage: "test",
    stateMachine: new StateMachine(stack, "Run", {
      definitionBody: DefinitionBody.fromChainable(new Pass(stack, "Do")),
    }),
    functions: Object.fromEntries(functionNames.map((name) => [name, createFunction(name)])) as Record<
      FunctionName,
      LambdaFunction
    >,
    queues: Object.fromEntries(targetPhases.map((phase) => [phase, createQueues(phase)])) as Record<
      TargetPhase,
      ReturnType<typeof createQueues>
    >,
    deadLetters: [new Queue(stack, "Events"), new Queue(stack, "Calls")],
    scoreWaveLogs: new LogGroup(stack, "ScoreWaveLogs"),
    ...changes,
  });
  return Template.fromStack(stack);
};

/** What an alarm's properties say, as CloudFormation has them. */
export interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Period?: number;
  readonly Statistic?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly MetricStat?: {
      readonly Period: number;
      readonly Stat: string;
      readonly Metric: Pick<AlarmProperties, "MetricName" | "Namespace" | "Dimensions">;
    };
  }[];
}

/** The alarms of a template by their construct ids, without the composite one. */
export const alarmsOf = (template: Template): Readonly<Record<string, AlarmProperties>> =>
  Object.fromEntries(
    Object.entries(template.findResources("AWS::CloudWatch::Alarm")).map(([id, { Properties }]) => [
      id.replace(/^Observability/u, "").slice(0, -8),
      Properties as AlarmProperties,
    ]),
  );
