import { RemovalPolicy } from "aws-cdk-lib";
import { ApplicationLogLevel } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";

import type { EmptyFleet } from "../domain/function-environment.ts";

/** What a deployment for trying things out and one that is relied on do differently; everything else is the same. */
export interface Stage {
  /** How long logs of functions and of the state machine are kept. */
  readonly logRetention: RetentionDays;
  /** The least important line of functions that is kept; metrics are lines of level INFO. */
  readonly logLevel: ApplicationLogLevel.DEBUG | ApplicationLogLevel.INFO;
  /** What becomes of bucket, table and logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** Days after which the objects of a run are deleted; the inbox is kept. */
  readonly runDays: number;
  /** Whether a run whose fleet has no agents gets simulated ones, or is refused. */
  readonly emptyFleet: EmptyFleet;
}

/** The stages that can be deployed, by the name that `--context stage=` takes. */
export const stages = {
  dev: {
    logRetention: RetentionDays.TWO_WEEKS,
    logLevel: ApplicationLogLevel.DEBUG,
    removalPolicy: RemovalPolicy.DESTROY,
    runDays: 30,
    emptyFleet: "simulate",
  },
  prod: {
    logRetention: RetentionDays.SIX_MONTHS,
    logLevel: ApplicationLogLevel.INFO,
    removalPolicy: RemovalPolicy.RETAIN,
    runDays: 400,
    emptyFleet: "refuse",
  },
} as const satisfies Readonly<Record<string, Stage>>;
export type StageName = keyof typeof stages;

/** Reads the name of a stage. @throws Error that names those there are */
export const readStageName = (value: unknown): StageName => {
  if (typeof value === "string" && Object.hasOwn(stages, value)) return value as StageName;
  throw new Error(`context stage: expected ${Object.keys(stages).join(" or ")}, received ${JSON.stringify(value)}`);
};
