import type { Template } from "aws-cdk-lib/assertions";

import { alarmsOf } from "./observed-stack.ts";

/** A metric as an alarm or a graph names it. */
export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** A widget of a dashboard's body. */
export interface Widget {
  readonly type: string;
  readonly width: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly query?: string;
    readonly alarms?: readonly string[];
    /** Namespace, name, then names and values of dimensions in turn, then how it is drawn; or an expression alone. */
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** The widgets of a template's dashboard; what only deployment knows stands there as `<logical id>`. */
export const widgetsOf = (template: Template): readonly Widget[] => {
  const [dashboard] = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
  const { DashboardBody } = (dashboard?.["Properties"] ?? {}) as { DashboardBody: { "Fn::Join": [string, unknown[]] } };
  const [, parts] = DashboardBody["Fn::Join"];
  const body = parts.map((part) => (typeof part === "string" ? part : `<${Object.values(part as object).flat()[0]}>`));
  return (JSON.parse(body.join("")) as { widgets: Widget[] }).widgets;
};

const inPairs = (values: readonly unknown[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(values.flatMap((name, at) => (at % 2 === 0 ? [[String(name), values[at + 1]]] : [])));

/** The metrics that a dashboard draws, also those that it only calculates with. */
export const dashboardMetrics = (template: Template): readonly NamedMetric[] =>
  widgetsOf(template)
    .flatMap(({ properties }) => properties.metrics ?? [])
    .flatMap((parts): NamedMetric[] => {
      const [namespace, name, ...dimensions] = parts.filter((part) => typeof part === "string");
      return namespace === undefined ? [] : [{ namespace, name: String(name), dimensions: inPairs(dimensions) }];
    });

/** The metrics that alarms look at, also those that they only calculate with. */
export const alarmMetrics = (template: Template): readonly NamedMetric[] =>
  Object.values(alarmsOf(template))
    .flatMap((alarm) => alarm.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []) ?? [alarm])
    .map(({ Namespace, MetricName, Dimensions = [] }) => ({
      namespace: String(Namespace),
      name: String(MetricName),
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    }));
