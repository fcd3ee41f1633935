import type { Usage } from "./usage.ts";

/** The names under which a bill adds up, as it shows them. */
export const billedServices = [
  "step_functions",
  "lambda",
  "dynamodb",
  "sqs",
  "s3",
  "cloudwatch_logs",
  "eventbridge",
] as const;
export type BilledService = (typeof billedServices)[number];

/** What AWS asks for one kind of usage. */
export interface Price {
  readonly service: BilledService;
  /** US dollars for `per` of the usage's units. */
  readonly usd: number;
  readonly per: number;
  /** The pricing page that says so. */
  readonly source: string;
}

/** The Region and the month that the prices are of. */
export const priceList = { region: "us-east-1", date: "2026-11" } as const;

const stepFunctions = { service: "step_functions", source: "aws.amazon.com/step-functions/pricing" } as const;
const lambda = { service: "lambda", source: "aws.amazon.com/lambda/pricing" } as const;
const dynamodb = { service: "dynamodb", source: "aws.amazon.com/dynamodb/pricing/on-demand" } as const;
const s3 = { service: "s3", source: "aws.amazon.com/s3/pricing" } as const;

const million = 1_000_000;
/** CloudWatch Logs bills by the binary gigabyte. */
const gigabyte = 1024 ** 3;

/**
 * List prices in US dollars, before taxes and discounts. Free tiers are left out, and where a price falls with quantity it is the
 * first step's, so that a bill is never too low for either reason.
 */
export const prices: { readonly [field in keyof Usage]: Price } = {
  standardTransitions: { ...stepFunctions, usd: 25, per: million },
  expressRequests: { ...stepFunctions, usd: 1, per: million },
  expressGbSeconds: { ...stepFunctions, usd: 16.67, per: million },
  lambdaRequests: { ...lambda, usd: 0.2, per: million },
  lambdaGbSeconds: { ...lambda, usd: 13.3334, per: million },
  dynamodbWriteUnits: { ...dynamodb, usd: 0.625, per: million },
  dynamodbReadUnits: { ...dynamodb, usd: 0.125, per: million },
  sqsRequests: { service: "sqs", usd: 0.4, per: million, source: "aws.amazon.com/sqs/pricing" },
  s3Puts: { ...s3, usd: 0.005, per: 1_000 },
  s3Gets: { ...s3, usd: 0.0004, per: 1_000 },
  logBytes: { service: "cloudwatch_logs", usd: 0.5, per: gigabyte, source: "aws.amazon.com/cloudwatch/pricing" },
  eventBridgeEvents: { service: "eventbridge", usd: 1, per: million, source: "aws.amazon.com/eventbridge/pricing" },
};
