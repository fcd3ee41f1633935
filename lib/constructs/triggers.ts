import { CfnCondition, CfnParameter, type CfnParameterProps, Duration, Fn, Stack } from "aws-cdk-lib";
import { Match, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { type IRole, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import {
  type CfnSchedule,
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface TriggersProps {
  readonly bucket: IBucket;
  /** Called for each predictions file that arrives, and for each scheduled run. */
  readonly startRun: IFunction;
  /** Called every minute. */
  readonly watchAgents: IFunction;
  /** Called every five minutes. */
  readonly sweepInbox: IFunction;
  /** Takes events and calls that no function took. */
  readonly deadLetters: IQueue;
}

/** How often and how long what starts a run is tried: nothing else makes a lost one good at once. */
const patience = { retryAttempts: 8, maxEventAge: Duration.hours(6) } as const;

/** What calls functions from outside of a run: a predictions file that arrives in the inbox, and the time. */
export class Triggers extends Construct {
  readonly #deadLetters: IQueue;
  readonly #role: IRole;

  constructor(scope: Construct, id: string, { bucket, startRun, watchAgents, sweepInbox, deadLetters }: TriggersProps) {
    super(scope, id);
    this.#deadLetters = deadLetters;
    this.#role = this.#createRole([startRun, watchAgents, sweepInbox]);
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
      targets: [new LambdaFunction(startRun, { deadLetterQueue: this.#deadLetters, ...patience })],
    });
    this.#every("WatchAgents", Duration.minutes(1), watchAgents, "Frees leases without an owner, reports who is stuck");
    this.#every("SweepInbox", Duration.minutes(5), sweepInbox, "Starts the runs of uploads whose event was lost");
    this.#addScheduledRuns(bucket, startRun);
  }

  /** What Scheduler may do; CDK would let it call every version of a function, too. */
  #createRole(functions: readonly IFunction[]): IRole {
    const role = new Role(this, "SchedulerRole", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    });
    const allow = (action: string, resources: string[]) =>
      role.addToPolicy(new PolicyStatement({ actions: [action], resources }));
    allow(
      "lambda:InvokeFunction",
      functions.map((fn) => fn.functionArn),
    );
    allow("sqs:SendMessage", [this.#deadLetters.queueArn]);
    return role.withoutPolicyUpdates();
  }

  #every(id: string, interval: Duration, fn: IFunction, description: string): void {
    new Schedule(this, id, {
      description,
      schedule: ScheduleExpression.rate(interval),
      target: new LambdaInvoke(fn, {
        input: ScheduleTargetInput.fromObject({}),
        role: this.#role,
        deadLetterQueue: this.#deadLetters,
        // The next call comes soon and does the work of the one that was lost.
        retryAttempts: 2,
        maxEventAge: interval,
      }),
    });
  }

  /** A schedule that exists where a parameter names what it runs: whoever deploys the stack sets it, without a change of it. */
  #addScheduledRuns(bucket: IBucket, startRun: IFunction): void {
    const expression = this.#parameter("RunSchedule", {
      description: "When a run of the standing predictions starts, in UTC: rate(1 day), cron(0 6 ? * MON-FRI *)",
      default: "rate(1 day)",
      allowedPattern: "^(rate|cron)\\(.+\\)$",
    });
    const key = this.#parameter("StandingPredictionsKey", {
      description:
        "Key of the predictions that each scheduled run takes, as they are by then; empty: none is scheduled",
      default: "",
      allowedPattern: "^(standing/[A-Za-z0-9_-]+/predictions\\.jsonl)?$",
    });
    const condition = new CfnCondition(this, "RunsAreScheduled", {
      expression: Fn.conditionNot(Fn.conditionEquals(key.valueAsString, "")),
    });
    const schedule = new Schedule(this, "StandingRun", {
      description: "Starts a run of the standing predictions",
      schedule: ScheduleExpression.expression(expression.valueAsString),
      target: new LambdaInvoke(startRun, {
        input: ScheduleTargetInput.fromObject({
          standing: {
            bucket: bucket.bucketName,
            key: key.valueAsString,
            scheduled_time: ContextAttribute.scheduledTime,
          },
        }),
        role: this.#role,
        deadLetterQueue: this.#deadLetters,
        ...patience,
      }),
    });
    (schedule.node.defaultChild as CfnSchedule).cfnOptions.condition = condition;
  }

  /** A parameter of the stack, under its plain name. */
  #parameter(id: string, props: CfnParameterProps): CfnParameter {
    const parameter = new CfnParameter(this, id, { type: "String", ...props });
    parameter.overrideLogicalId(id);
    return parameter;
  }
}
