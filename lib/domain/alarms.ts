/** When an alarm rings, and where the runbook says what to do then. */
export interface AlarmRule {
  /** What is measured, as the alarm's description says it. */
  readonly subject: string;
  /** Names of the CloudWatch metrics; where there are several, their sum is looked at. */
  readonly metrics: readonly [string, ...string[]];
  /** Which side of the threshold is bad; the threshold itself is good. */
  readonly bad: "above" | "below";
  readonly threshold: number;
  /** Unit of the threshold, empty for plain numbers. */
  readonly unit: string;
  /** Heading of its section in docs/runbook.md. */
  readonly heading: string;
}

/** Minutes that an alarm looks back. CloudWatch looks every minute, so a line of metrics that comes late is still seen. */
export const ALARM_MINUTES = 5;

/** Every kind of alarm of a stack; some kinds ring for several resources, such as the queue of each phase. */
export const alarms = {
  HealthLow: {
    subject: "health of a wave",
    metrics: ["WaveHealth"],
    bad: "below",
    threshold: 85,
    unit: "of 100",
    heading: "Health is low",
  },
  SuccessLow: {
    subject: "share of a wave's tasks that completed",
    metrics: ["SuccessRate"],
    bad: "below",
    threshold: 0.9,
    unit: "",
    heading: "Success is low",
  },
  RunFailed: {
    subject: "runs that failed, timed out or were aborted",
    metrics: ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"],
    bad: "above",
    threshold: 0,
    unit: "",
    heading: "A run failed",
  },
  SignalsLate: {
    subject: "age of a phase's oldest signal that nobody took",
    metrics: ["ApproximateAgeOfOldestMessage"],
    bad: "above",
    // Phases learn between runs, not during them: an hour is late for a consumer that runs, and no news for one that is started daily.
    threshold: 3_600,
    unit: "seconds",
    heading: "Signals are late",
  },
  SignalsSetAside: {
    subject: "messages in a phase's dead-letter queue",
    metrics: ["ApproximateNumberOfMessagesVisible"],
    bad: "above",
    threshold: 0,
    unit: "",
    heading: "Signals were set aside",
  },
  CallsSetAside: {
    subject: "events and scheduled calls in a dead-letter queue",
    metrics: ["ApproximateNumberOfMessagesVisible"],
    bad: "above",
    threshold: 0,
    unit: "",
    heading: "An event or a scheduled call was set aside",
  },
  ExecutorThrottled: {
    subject: "invocations of the executor that Lambda refused",
    metrics: ["Throttles"],
    bad: "above",
    threshold: 0,
    unit: "",
    heading: "The executor is throttled",
  },
  MapRunsWaiting: {
    subject: "Map Runs of the account that wait for others to end",
    metrics: ["ApproximateMapRunBacklogSize"],
    bad: "above",
    threshold: 0,
    unit: "",
    heading: "Map Runs are waiting",
  },
} as const satisfies Readonly<Record<string, AlarmRule>>;
export type AlarmName = keyof typeof alarms;

/** Path and anchor of the runbook's section, as GitHub makes anchors of headings. */
export const runbookSection = ({ heading }: Pick<AlarmRule, "heading">): string =>
  `docs/runbook.md#${heading.toLowerCase().replaceAll(" ", "-")}`;

/** One sentence for who is woken by the alarm; it ends with the section of the runbook. */
export const describeAlarm = (rule: AlarmRule): string => {
  const limit = `${rule.bad} ${rule.threshold}${rule.unit === "" ? "" : ` ${rule.unit}`}`;
  return `Phase 21: ${rule.subject}: ${limit} within ${ALARM_MINUTES} minutes; what to do: ${runbookSection(rule)}`;
};
