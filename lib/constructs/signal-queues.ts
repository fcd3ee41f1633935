import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import { type TargetPhase, targetPhases } from "../domain/signal.ts";
import { createDeadLetterQueue, LONGEST_RETENTION } from "./dead-letter-queue.ts";

/** A message that five receivers could not take is set aside. */
const MAX_RECEIVE_COUNT = 5;

/** How long a consumer has before a message comes again: six times the half minute that a hundred signals may take. */
const VISIBILITY = Duration.minutes(3);

/** Where a phase's signals wait, and where those go that its consumer could not take. */
export interface SignalQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** A queue with a dead-letter queue for each phase that learns from a run (SPEC F1). */
export class SignalQueues extends Construct {
  readonly queues: Readonly<Record<TargetPhase, SignalQueue>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const create = (phase: TargetPhase): SignalQueue => {
      const deadLetters = createDeadLetterQueue(this, `Phase${phase}DeadLetters`);
      const queue = new Queue(this, `Phase${phase}`, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: LONGEST_RETENTION,
        visibilityTimeout: VISIBILITY,
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      });
      return { queue, deadLetters };
    };
    this.queues = Object.fromEntries(targetPhases.map((phase) => [phase, create(phase)])) as Record<
      TargetPhase,
      SignalQueue
    >;
  }
}
