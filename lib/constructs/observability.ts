import { Aws } from "aws-cdk-lib";
import { AlarmRule, AlarmState, CompositeAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

import { createAlarms } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import type { ObservedResources } from "./observed-resources.ts";

export interface ObservabilityProps extends ObservedResources {
  /** Who gets a mail when an alarm rings; AWS asks that address for its consent first. @default nobody */
  readonly alarmEmail?: string;
}

/**
 * Tells people how a stage is: a dashboard, alarms by the rules of lib/domain/alarms.ts, and one composite alarm that rings when any of
 * them does, so that a bad hour is one message and not twelve.
 */
export class Observability extends Construct {
  /** Gets a message when the first alarm rings and when the last one is over. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { alarmEmail, ...observed }: ObservabilityProps) {
    super(scope, id);
    const alarms = createAlarms(this, observed);
    const any = new CompositeAlarm(this, "AnyAlarm", {
      alarmDescription: "Phase 21: at least one alarm rings; what to do for each: docs/runbook.md",
      alarmRule: AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    this.topic = this.createTopic(alarmEmail);
    const tell = new SnsAction(this.topic);
    any.addAlarmAction(tell);
    any.addOkAction(tell);
    createDashboard(this, "Dashboard", observed, [any, ...alarms]);
  }

  /**
   * Not encrypted with a key: its messages hold names and thresholds of alarms, nothing of a run. CloudWatch cannot publish to a topic
   * under alias/aws/sns, so it would take a key of our own, which is paid for by the month.
   *
   * @see https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
   */
  private createTopic(alarmEmail: string | undefined): Topic {
    const topic = new Topic(this, "Alarms", { enforceSSL: true });
    // A topic's own policy takes the place of the default one, which would have let the account's alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail));
    return topic;
  }
}
