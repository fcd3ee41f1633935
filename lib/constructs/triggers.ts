import { Duration } from "aws-cdk-lib";
import { Match, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface TriggersProps {
  readonly bucket: IBucket;
  /** Called for each predictions file that arrives. */
  readonly startRun: IFunction;
  /** Called every minute. */
  readonly watchAgents: IFunction;
  /** Called every five minutes. */
  readonly sweepInbox: IFunction;
}

/** What calls functions from outside of a run: a predictions file that arrives in the inbox, and the time. */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, { bucket, startRun, watchAgents, sweepInbox }: TriggersProps) {
    super(scope, id);
    const deadLetters = new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    new Rule(this, "PredictionsUploaded", {
      description: "A predictions file in the inbox starts a run",
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: {
          bucket: { name: [bucket.bucketName] },
          object: { key: Match.wildcard("inbox/*/predictions.jsonl") },
        },
      },
      targets: [
        new LambdaFunction(startRun, {
          deadLetterQueue: deadLetters,
          retryAttempts: 8,
          maxEventAge: Duration.hours(6),
        }),
      ],
    });
    const every = (scheduleId: string, interval: Duration, fn: IFunction, description: string) =>
      new Schedule(this, scheduleId, {
        description,
        schedule: ScheduleExpression.rate(interval),
        target: new LambdaInvoke(fn, {
          input: ScheduleTargetInput.fromObject({}),
          deadLetterQueue: deadLetters,
          // The next call comes soon and does the work of the one that was lost.
          retryAttempts: 2,
          maxEventAge: interval,
        }),
      });
    every("WatchAgents", Duration.minutes(1), watchAgents, "Frees leases without an owner and reports who is stuck");
    every("SweepInbox", Duration.minutes(5), sweepInbox, "Starts the runs of uploads whose event was lost");
  }
}
