import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";

import { ALARM_MINUTES } from "../domain/alarms.ts";
import { METRICS_NAMESPACE } from "../domain/function-environment.ts";
import { strategies } from "../domain/run-config.ts";

/** The window of every alarm, and the grain of the dashboard. */
export const period = Duration.minutes(ALARM_MINUTES);

/** A metric that our code emits, once for each strategy. */
export interface EmittedMetric {
  readonly stage: string;
  readonly name: string;
  /** Statistic within a period. */
  readonly statistic: "Minimum" | "Maximum" | "Average" | "Sum";
}

/** The metric of each strategy as a line of its own, for graphs. */
export const byStrategy = ({ stage, name, statistic }: EmittedMetric): Metric[] =>
  strategies.map(
    (strategy) =>
      new Metric({
        namespace: METRICS_NAMESPACE,
        metricName: name,
        dimensionsMap: { stage, strategy },
        statistic,
        period,
        label: strategy,
      }),
  );

/**
 * One figure for all strategies. An alarm can look at nothing else: SEARCH, which would find the strategies by itself, is for graphs
 * only. `idle` stands for a strategy that ran nothing in a period.
 */
export const acrossStrategies = (
  metric: EmittedMetric,
  {
    combine,
    idle,
    label,
  }: { readonly combine: "MIN" | "MAX" | "SUM"; readonly idle?: number; readonly label?: string },
): MathExpression => {
  const name = metric.name.charAt(0).toLowerCase() + metric.name.slice(1);
  const usingMetrics = Object.fromEntries(byStrategy(metric).map((each, index) => [`${name}${index}`, each]));
  const terms = Object.keys(usingMetrics).map((id) => (idle === undefined ? id : `FILL(${id}, ${idle})`));
  return new MathExpression({
    expression: `${combine}([${terms.join(", ")}])`,
    usingMetrics,
    period,
    label: label ?? metric.name,
  });
};
