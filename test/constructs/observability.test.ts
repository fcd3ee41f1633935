import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, test, vi } from "vitest";

import { createPutMetrics } from "../../lib/aws/put-metrics.ts";
import { watchMetrics } from "../../lib/domain/agent-watch.ts";
import { type AlarmName, alarms, describeAlarm } from "../../lib/domain/alarms.ts";
import { runMetrics, waveMetrics } from "../../lib/domain/emitted-metrics.ts";
import { strategies } from "../../lib/domain/run-config.ts";
import { buildMetricsSummary } from "../../lib/domain/summary.ts";
import { findWeakAgents, WEAK_AGENT } from "../../lib/domain/weak-agents.ts";
import { agent, completed, config, tallyOf } from "../domain/report-builders.ts";
import { waveItem } from "../steps/builders.ts";
import { alarmMetrics, dashboardMetrics, type NamedMetric, widgetsOf } from "./named-metrics.ts";
import { alarmsOf, synthesizeObserved } from "./observed-stack.ts";

let template: Template;

beforeAll(() => {
  template = synthesizeObserved();
}, 60_000);

/** What the functions themselves put out for a wave, a run and a watch in which nothing is missing. */
const putOut = (): NamedMetric[] => {
  const lines: string[] = [];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const totals = tallyOf([completed()]);
  const summary = buildMetricsSummary({
    run_id: "run-1",
    config,
    totals,
    agents: [agent("agent_0")],
    waves: 1,
    durationSeconds: 2,
    latencies: { p50: 10, p95: 20, p99: 30 },
    signals: { by_type: {}, by_phase: {} },
    rejectedLines: 0,
  });
  const watched = watchMetrics({ stuckAgents: 0, offlineAgents: 0, expiredLeases: 0, stuck: false });
  for (const strategy of strategies) {
    createPutMetrics("test")([...waveMetrics(waveItem(1)), ...runMetrics(summary), ...watched], { strategy }, {});
  }
  stdout.mockRestore();
  return lines.flatMap((line) => {
    const emf = JSON.parse(line) as Record<string, unknown> & {
      _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    return emf._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.map(({ Name }) => ({
          namespace: Namespace,
          name: Name,
          dimensions: Object.fromEntries(names.map((name) => [name, emf[name]])),
        })),
      ),
    );
  });
};

/** The metrics of AWS that are relied on, with their dimensions. */
const ofAws = [
  "AWS/Lambda ConcurrentExecutions FunctionName",
  "AWS/Lambda Duration FunctionName",
  "AWS/Lambda Throttles FunctionName",
  "AWS/SQS ApproximateAgeOfOldestMessage QueueName",
  "AWS/SQS ApproximateNumberOfMessagesVisible QueueName",
  "AWS/States ApproximateMapRunBacklogSize",
  "AWS/States ApproximateOpenMapRunCount",
  "AWS/States ExecutionTime StateMachineArn",
  "AWS/States ExecutionsAborted StateMachineArn",
  "AWS/States ExecutionsFailed StateMachineArn",
  "AWS/States ExecutionsStarted StateMachineArn",
  "AWS/States ExecutionsSucceeded StateMachineArn",
  "AWS/States ExecutionsTimedOut StateMachineArn",
];

const isOurs = ({ namespace }: NamedMetric): boolean => !namespace.startsWith("AWS/");

describe.each([
  ["the dashboard", dashboardMetrics],
  ["the alarms", alarmMetrics],
])("%s", (_, metricsOf) => {
  test("name only metrics that the code puts out, with the same dimensions", () => {
    const known = new Set(putOut().map((metric) => JSON.stringify(metric)));
    const named = metricsOf(template).filter(isOurs);
    expect(named).not.toEqual([]);
    expect(named.filter((metric) => !known.has(JSON.stringify(metric)))).toEqual([]);
  });

  test("cover every strategy with each of these metrics", () => {
    for (const [name, named] of Map.groupBy(metricsOf(template).filter(isOurs), (metric) => metric.name)) {
      const covered = new Set(named.map(({ dimensions }) => dimensions["strategy"]));
      expect([name, ...covered]).toEqual([name, ...strategies]);
    }
  });
});

test("dashboard and alarms rely on these metrics of AWS", () => {
  const named = [...dashboardMetrics(template), ...alarmMetrics(template)]
    .filter((metric) => !isOurs(metric))
    .map(({ namespace, name, dimensions }) => [namespace, name, ...Object.keys(dimensions)].join(" "));
  expect([...new Set(named)].toSorted()).toEqual(ofAws);
});

describe("an alarm", () => {
  const kinds: readonly (readonly [id: string, kind: AlarmName])[] = [
    ["HealthLow", "HealthLow"],
    ["SuccessLow", "SuccessLow"],
    ["RunFailed", "RunFailed"],
    ["Phase16SignalsLate", "SignalsLate"],
    ["Phase18SignalsLate", "SignalsLate"],
    ["Phase20SignalsLate", "SignalsLate"],
    ["Phase16SignalsSetAside", "SignalsSetAside"],
    ["Phase18SignalsSetAside", "SignalsSetAside"],
    ["Phase20SignalsSetAside", "SignalsSetAside"],
    ["EventsNotEmpty", "CallsSetAside"],
    ["CallsNotEmpty", "CallsSetAside"],
    ["ExecutorThrottled", "ExecutorThrottled"],
    ["MapRunsWaiting", "MapRunsWaiting"],
  ];

  test("is there for each rule and each queue, and no other", () => {
    expect(Object.keys(alarmsOf(template)).toSorted()).toEqual(kinds.map(([id]) => id).toSorted());
    expect(new Set(kinds.map(([, kind]) => kind))).toEqual(new Set(Object.keys(alarms)));
  });

  test.each(kinds)("%s rings by its rule and names its section of the runbook", (id, kind) => {
    const alarm = alarmsOf(template)[id];
    const { bad, threshold, metrics } = alarms[kind];
    expect(alarm).toMatchObject({
      AlarmDescription: describeAlarm(alarms[kind]),
      Threshold: threshold,
      ComparisonOperator: bad === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
    });
    const looksAt = alarm?.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
    expect(new Set(looksAt ?? [alarm?.MetricName])).toEqual(new Set<string>(metrics));
  });

  test("does not ring where nothing runs", () => {
    for (const alarm of Object.values(alarmsOf(template))) expect(alarm.TreatMissingData).toBe("notBreaching");
  });

  test.each([
    ["HealthLow", "MIN([", 4, 100, "Minimum"],
    ["SuccessLow", "MIN([", 4, 1, "Minimum"],
    ["RunFailed", "SUM([", 3, 0, "Sum"],
  ])("%s puts its metrics together so that one without data changes nothing", (id, begin, count, filler, stat) => {
    const metrics = alarmsOf(template)[id]?.Metrics ?? [];
    const [expression = ""] = metrics.flatMap(({ Expression }) => Expression ?? []);
    expect(expression.startsWith(begin)).toBe(true);
    expect(expression.match(new RegExp(`FILL\\(\\w+, ${filler}\\)`, "gu"))).toHaveLength(count);
    const stats = metrics.flatMap(({ MetricStat }) => MetricStat ?? []).map(({ Stat, Period }) => [Stat, Period]);
    expect(stats).toEqual(Array.from({ length: count }, () => [stat, 300]));
  });

  test("looks at the queue that it is named after", () => {
    const queueOf = (id: string) =>
      alarmsOf(template)
        [id]?.Dimensions?.map(({ Value }) => JSON.stringify(Value))
        .join("");
    expect(queueOf("Phase18SignalsLate")).toMatch(/"Phase18[0-9A-F]{8}"/u);
    expect(queueOf("Phase18SignalsSetAside")).toMatch(/"Phase18DeadLetters[0-9A-F]{8}"/u);
    expect(queueOf("CallsNotEmpty")).toMatch(/"Calls[0-9A-F]{8}"/u);
  });
});

describe("the composite alarm", () => {
  const composite = () => Object.values(template.findResources("AWS::CloudWatch::CompositeAlarm"))[0]?.["Properties"];

  test("rings when any alarm does", () => {
    const rule = JSON.stringify(composite().AlarmRule);
    for (const id of Object.keys(template.findResources("AWS::CloudWatch::Alarm"))) expect(rule).toContain(`"${id}"`);
    expect(rule).toMatch(/ OR /u);
    expect(rule).not.toMatch(/ AND |NOT/u);
  });

  test("tells the topic when it rings and when it is over", () => {
    const [topic] = Object.keys(template.findResources("AWS::SNS::Topic"));
    expect(composite()).toMatchObject({ AlarmActions: [{ Ref: topic }], OKActions: [{ Ref: topic }] });
  });

  test("is the only one that tells anybody", () => {
    for (const alarm of Object.values(alarmsOf(template))) expect(alarm).not.toHaveProperty("AlarmActions");
  });
});

describe("the topic", () => {
  test("takes messages of this account's alarms, and none without TLS", () => {
    const [policy] = Object.values(template.findResources("AWS::SNS::TopicPolicy"));
    expect(policy?.["Properties"].PolicyDocument.Statement).toMatchObject([
      {
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      },
    ]);
  });

  test("sends mail only where an address is given", () => {
    const subscriptions = (of: Template) =>
      Object.values(of.findResources("AWS::SNS::Subscription")).map(({ Properties }) => Properties as unknown);
    expect(subscriptions(template)).toEqual([]);
    expect(subscriptions(synthesizeObserved({ alarmEmail: "ops@example.com" }))).toMatchObject([
      { Protocol: "email", Endpoint: "ops@example.com" },
    ]);
  });
});

describe("the dashboard", () => {
  test("shows the state of every alarm above four questions", () => {
    const [status, ...rows] = widgetsOf(template);
    const all = ["AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Alarm"].flatMap((type) =>
      Object.keys(template.findResources(type)).map((id) => `<${id}>`),
    );
    expect(status?.properties.alarms?.toSorted()).toEqual(all.toSorted());
    expect(rows.flatMap(({ properties }) => properties.markdown ?? [])).toEqual([
      "## Is it healthy?",
      "## What is slow?",
      "## Which agent is weak?",
      "## What is waiting?",
    ]);
  });

  test("draws each figure of a wave, of a run and of a watch", () => {
    const drawn = new Set(dashboardMetrics(template).map(({ name }) => name));
    expect(putOut().flatMap(({ name }) => (drawn.has(name) ? [] : [name]))).toEqual([]);
  });

  test("finds the weak agents by what score-wave logs of them", () => {
    const query = widgetsOf(template).flatMap(({ properties }) => properties.query ?? []);
    const [logged] = findWeakAgents(tallyOf([completed()]).agents);
    expect(query).toHaveLength(1);
    expect(query[0]).toMatch(/^SOURCE '<ScoreWaveLogs[0-9A-F]{8}>'/u);
    expect(query[0]).toContain(`filter message = "${WEAK_AGENT}"`);
    const read = /fields (.*)/u.exec(String(query[0]))?.[1]?.split(", ") ?? [];
    expect(read).not.toEqual([]);
    expect(Object.keys(logged ?? {})).toEqual(expect.arrayContaining(read));
  });
});
