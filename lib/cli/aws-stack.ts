import {
  CloudFormationClient,
  DescribeStacksCommand,
  type Stack as DeployedStack,
} from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";

import { targetPhases } from "../domain/signal.ts";
import { explainAwsError } from "./explain-aws-error.ts";
import { deployedPace } from "./pace.ts";
import { type Stack, stackOf } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** What the commands read of a stack. */
const neededOutputs = [
  "BucketName",
  "TableName",
  "StateMachineArn",
  ...targetPhases.map((phase) => `Phase${phase}QueueUrl`),
];

/** A first creation that has not ended well, a removal, or a change that broke off: some of the resources are not there. */
const isUnusable = (status = ""): boolean =>
  /^(?:CREATE_IN_PROGRESS|(?:REVIEW|ROLLBACK|DELETE)_.*)$|_FAILED$/u.test(status);

/** @throws UsageError when the stack is not whole, or is not one of Phase 21 */
const readOutputs = (name: string, { StackStatus: status, Outputs = [] }: DeployedStack): Record<string, string> => {
  if (isUnusable(status)) throw new UsageError(`stack ${name}: expected a stack that is deployed, it is ${status}`);
  const outputs = Object.fromEntries(Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  const missing = neededOutputs.find((key) => !outputs[key]);
  if (missing === undefined) return outputs;
  const there = Object.keys(outputs).toSorted().join(", ") || "none";
  throw new UsageError(`stack ${name}: expected the output ${missing} of a Phase 21 stack, it has: ${there}`);
};

const findStack = async (client: CloudFormationClient, name: string): Promise<DeployedStack> => {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack !== undefined) return stack;
  } catch (error) {
    if (!(error instanceof Error && /^Stack .*does not exist$/su.test(error.message))) throw error;
  }
  throw new UsageError(
    `stack ${name}: expected a stack of this name in ${await client.config.region()}, there is none`,
  );
};

/**
 * Runs `use` on the deployed stack of this name, with the credentials, region and endpoints that the AWS SDK finds by itself.
 *
 * @throws UsageError when the stack is not there or not whole, when there is no region, and when AWS does not let the user in
 */
export const withAwsStack = async <Result>(name: string, use: (stack: Stack) => Promise<Result>): Promise<Result> => {
  const cloudFormation = new CloudFormationClient();
  // An S3 client calls an address by number, such as the embedded cloud's, path-style: see the endpoint rules of S3.
  const clients = { s3: new S3Client(), sqs: new SQSClient(), dynamodb: new DynamoDBClient(), sfn: new SFNClient() };
  try {
    const outputs = readOutputs(name, await findStack(cloudFormation, name));
    return await use(stackOf({ outputs, clients }, deployedPace));
  } catch (error) {
    throw explainAwsError(name, error);
  } finally {
    for (const client of [cloudFormation, ...Object.values(clients)]) client.destroy();
  }
};
