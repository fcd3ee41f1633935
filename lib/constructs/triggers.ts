import { Duration } from "aws-cdk-lib";
import { Match, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface TriggersProps {
  readonly bucket: IBucket;
  readonly startRun: IFunction;
}

/** What starts runs: a predictions file that arrives in the inbox. */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, { bucket, startRun }: TriggersProps) {
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
  }
}
