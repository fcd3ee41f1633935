import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import { type TargetPhase, targetPhases } from "../domain/signal.ts";

/** A message that five receivers could not take is set aside. */
const MAX_RECEIVE_COUNT = 5;

/** A queue with a dead-letter queue for each phase that learns from a run (SPEC F1). */
export class SignalQueues extends Construct {
  readonly queues: Readonly<Record<TargetPhase, Queue>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const create = (phase: TargetPhase): Queue => {
      const deadLetters = new Queue(this, `Phase${phase}DeadLetters`, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
      });
      return new Queue(this, `Phase${phase}`, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      });
    };
    this.queues = Object.fromEntries(targetPhases.map((phase) => [phase, create(phase)])) as Record<TargetPhase, Queue>;
  }
}
