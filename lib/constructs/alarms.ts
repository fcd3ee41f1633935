import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

import { type AlarmName, alarms, describeAlarm } from "../domain/alarms.ts";
import { targetPhases } from "../domain/signal.ts";
import type { ObservedResources } from "./observed-resources.ts";
import { acrossStrategies, period } from "./strategy-metrics.ts";

/** An alarm before it is one: its construct id, its rule, and what it looks at. */
type Watch = readonly [id: string, name: AlarmName, metric: IMetric];

const comparisons = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/** Makes every alarm of a stack by the rules of lib/domain/alarms.ts. */
export const createAlarms = (scope: Construct, observed: ObservedResources): Alarm[] =>
  [...watchRuns(observed), ...watchQueues(observed), ...watchCapacity(observed)].map(([id, name, metric]) => {
    const rule = alarms[name];
    return new Alarm(scope, id, {
      alarmDescription: describeAlarm(rule),
      metric,
      threshold: rule.threshold,
      comparisonOperator: comparisons[rule.bad],
      evaluationPeriods: 1,
      // Most metrics are there only while something runs: silence is no alarm.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  });

/** `perfect` stands for the strategies that no run uses. */
const worstWave = (stage: string, name: "HealthLow" | "SuccessLow", perfect: number): Watch => {
  const [metric] = alarms[name].metrics;
  return [
    name,
    name,
    acrossStrategies({ stage, name: metric, statistic: "Minimum" }, { combine: "MIN", idle: perfect }),
  ];
};

const watchRuns = ({ stage, stateMachine }: ObservedResources): readonly Watch[] => {
  const ends = alarms.RunFailed.metrics.map((name) => stateMachine.metric(name, { statistic: "Sum", period }));
  const usingMetrics = Object.fromEntries(ends.map((metric, index) => [`end${index}`, metric]));
  const expression = `SUM([${Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(", ")}])`;
  return [
    worstWave(stage, "HealthLow", 100),
    worstWave(stage, "SuccessLow", 1),
    ["RunFailed", "RunFailed", new MathExpression({ expression, usingMetrics, period, label: "Runs that failed" })],
  ];
};

/** The path of a resource in its stack, without slashes: its own name for the alarm, whatever the order of the list. */
const pathOf = ({ node, stack }: IQueue): string => node.path.slice(stack.node.path.length).replaceAll("/", "");

const watchQueues = ({ queues, deadLetters }: ObservedResources): readonly Watch[] => {
  const most = (queue: IQueue, name: AlarmName) =>
    queue.metric(alarms[name].metrics[0], { statistic: "Maximum", period });
  return [
    ...targetPhases.flatMap((phase): Watch[] => [
      [`Phase${phase}SignalsLate`, "SignalsLate", most(queues[phase].queue, "SignalsLate")],
      [`Phase${phase}SignalsSetAside`, "SignalsSetAside", most(queues[phase].deadLetters, "SignalsSetAside")],
    ]),
    ...deadLetters.map((queue): Watch => [`${pathOf(queue)}NotEmpty`, "CallsSetAside", most(queue, "CallsSetAside")]),
  ];
};

const watchCapacity = ({ functions }: ObservedResources): readonly Watch[] => [
  [
    "ExecutorThrottled",
    "ExecutorThrottled",
    functions["execute-task"].metric(alarms.ExecutorThrottled.metrics[0], { statistic: "Sum", period }),
  ],
  ["MapRunsWaiting", "MapRunsWaiting", mapRunMetric(alarms.MapRunsWaiting.metrics[0])],
];

/**
 * A metric of the Map Runs of the whole account and Region: it has no dimensions.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
export const mapRunMetric = (metricName: string): Metric =>
  new Metric({ namespace: "AWS/States", metricName, statistic: "Maximum", period });
