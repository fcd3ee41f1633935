import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  type CompositeAlarm,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";

import { type AlarmRule, alarms } from "../domain/alarms.ts";
import { targetPhases } from "../domain/signal.ts";
import { WEAK_AGENT } from "../domain/weak-agents.ts";
import { mapRunMetric } from "./alarms.ts";
import type { ObservedResources } from "./observed-resources.ts";
import { acrossStrategies, byStrategy, period } from "./strategy-metrics.ts";

/** A dashboard is 24 units wide. */
const WIDTH = 24;

/** Makes the dashboard of a stage: a row for each question that an operator asks, the state of the alarms above them. */
export const createDashboard = (
  scope: Construct,
  id: string,
  observed: ObservedResources,
  watched: readonly (Alarm | CompositeAlarm)[],
): Dashboard => {
  const dashboard = new Dashboard(scope, id, { defaultInterval: Duration.days(1) });
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: `Phase 21, ${observed.stage}`, alarms: [...watched], width: WIDTH, height: 4 }),
  );
  for (const [question, widgets] of [
    ["Is it healthy?", healthWidgets(observed)],
    ["What is slow?", speedWidgets(observed)],
    ["Which agent is weak?", agentWidgets(observed)],
    ["What is waiting?", queueWidgets(observed)],
  ] as const) {
    dashboard.addWidgets(new TextWidget({ markdown: `## ${question}`, width: WIDTH, height: 1 }));
    dashboard.addWidgets(...widgets);
  }
  return dashboard;
};

/** Widgets of a row with three in a line. */
const THIRD = WIDTH / 3;

const graph = (title: string, left: readonly IMetric[], more: Partial<GraphWidgetProps> = {}): GraphWidget =>
  new GraphWidget({ title, left: [...left], width: THIRD, height: 6, ...more });

/** Sums over all strategies, a line for each name. */
const sums = (stage: string, ...names: readonly string[]): IMetric[] =>
  names.map((name) => acrossStrategies({ stage, name, statistic: "Sum" }, { combine: "SUM", idle: 0 }));

const highest = (stage: string, ...names: readonly string[]): IMetric[] =>
  names.map((name) => acrossStrategies({ stage, name, statistic: "Maximum" }, { combine: "MAX" }));

const lowest = (stage: string, ...names: readonly string[]): IMetric[] =>
  names.map((name) => acrossStrategies({ stage, name, statistic: "Minimum" }, { combine: "MIN" }));

/** A line at the threshold of an alarm. */
const alarmFrom = ({ threshold, heading }: AlarmRule): Partial<GraphWidgetProps> => ({
  leftAnnotations: [{ value: threshold, label: heading }],
});

const healthWidgets = ({ stage, stateMachine }: ObservedResources): readonly IWidget[] => {
  const runs = ["Started", "Succeeded", "Failed", "TimedOut", "Aborted"].map((change) =>
    stateMachine.metric(`Executions${change}`, { statistic: "Sum", period, label: change }),
  );
  return [
    graph(
      "Health of the worst wave",
      byStrategy({ stage, name: "WaveHealth", statistic: "Minimum" }),
      alarmFrom(alarms.HealthLow),
    ),
    graph(
      "Parts of health, each of the worst wave",
      lowest(stage, "SuccessRate", "Availability", "Accuracy", "LoadBalance"),
      alarmFrom(alarms.SuccessLow),
    ),
    graph("Health and success of the worst run", lowest(stage, "RunHealth"), {
      right: lowest(stage, "RunSuccessRate"),
    }),
    graph(
      "How tasks ended",
      sums(stage, "TasksCompleted", "TasksFailed", "TasksBlocked", "TasksSkipped", "RejectedLines"),
    ),
    graph("Runs", runs),
    graph("Anomalies and signals", sums(stage, "Anomalies"), { right: sums(stage, "SignalsSent") }),
  ];
};

const speedWidgets = ({ stage, stateMachine, functions }: ObservedResources): readonly IWidget[] => {
  const durations = Object.entries(functions).map(([label, fn]) =>
    fn.metricDuration({ statistic: "p95", period, label }),
  );
  return [
    graph("A task of the slowest run, ms", highest(stage, "TaskLatencyP50", "TaskLatencyP95", "TaskLatencyP99")),
    graph("The slowest run, s", highest(stage, "RunDuration"), {
      right: [stateMachine.metricTime({ statistic: "Maximum", period, label: "execution, ms" })],
    }),
    graph("Functions, 95 % of calls took at most, ms", durations),
  ];
};

const agentWidgets = ({ stage, scoreWaveLogs }: ObservedResources): readonly IWidget[] => [
  new LogQueryWidget({
    title: "The weakest agents of all waves",
    logGroupNames: [scoreWaveLogs.logGroupName],
    view: LogQueryVisualizationType.TABLE,
    queryLines: [
      "fields agent_id, assigned, completed",
      `filter message = "${WEAK_AGENT}"`,
      "stats sum(completed) / sum(assigned) as success_rate, sum(assigned) as tasks, count(*) as waves by agent_id",
      "sort success_rate asc, tasks desc",
      "limit 20",
    ],
    width: THIRD,
    height: 6,
  }),
  graph("Agents that are stuck or OFFLINE", highest(stage, "StuckAgents", "OfflineAgents")),
  graph("What weak agents cost", sums(stage, "Attempts", "Retries", "Reassignments")),
];

const queueWidgets = ({ stage, functions, queues, deadLetters }: ObservedResources): readonly IWidget[] => {
  const ofPhases = (name: string, key: "queue" | "deadLetters") =>
    targetPhases.map((phase) =>
      queues[phase][key].metric(name, { statistic: "Maximum", period, label: `phase ${phase}` }),
    );
  const VISIBLE = "ApproximateNumberOfMessagesVisible";
  const executor = functions["execute-task"];
  return [
    graph(
      "Age of the oldest signal, s",
      ofPhases("ApproximateAgeOfOldestMessage", "queue"),
      alarmFrom(alarms.SignalsLate),
    ),
    graph("Messages of signals that wait", ofPhases(VISIBLE, "queue")),
    graph("Messages that were set aside", [
      ...ofPhases(VISIBLE, "deadLetters"),
      ...deadLetters.map((queue) => queue.metric(VISIBLE, { statistic: "Maximum", period, label: queue.node.path })),
    ]),
    graph("Executors at work, and those that Lambda refused", [
      executor.metric("ConcurrentExecutions", { statistic: "Maximum", period }),
      executor.metric("Throttles", { statistic: "Sum", period }),
    ]),
    graph("Map Runs of the account", ["ApproximateOpenMapRunCount", "ApproximateMapRunBacklogSize"].map(mapRunMetric)),
    graph("Runs and leases without a sign of life", [...highest(stage, "StuckRuns"), ...sums(stage, "ExpiredLeases")]),
  ];
};
