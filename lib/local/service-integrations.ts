import { Readable } from "node:stream";

import { type DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import type { JsonObject, JsonValue } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import type { InvocationResult } from "./lambda-runtime.ts";
import type { Resources } from "./states/definition.ts";

/** An error of an integration, as a state machine sees it: a name to match and a cause in words. */
class IntegrationError extends Error {
  override readonly name: string;
  readonly causeText: string;

  constructor(name: string, causeText: string) {
    super(causeText);
    this.name = name;
    this.causeText = causeText;
  }
}

/** What Lambda itself refuses has a name of its own, beside the names that functions throw. */
const lambdaFault = (error: unknown): never => {
  if (!(error instanceof AwsError)) throw error;
  throw new IntegrationError(`Lambda.${error.code}`, error.message);
};

/** What a service refuses is named after it. */
const serviceFault =
  (service: string, where = "") =>
  ({ name, message }: Error): never => {
    throw new IntegrationError(`${service}.${name}`, where + message);
  };

export interface IntegrationDependencies {
  readonly invokeFunction: (nameOrArn: string, payload: string) => Promise<InvocationResult>;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
}

/** The service integrations that the stack's state machine uses, each by its resource ARN. */
export const createIntegrations = ({ invokeFunction, s3, dynamodb }: IntegrationDependencies): Resources => ({
  "arn:aws:states:::lambda:invoke": async (input, { onQueued }) => {
    const { FunctionName, Payload } = input as { FunctionName: string; Payload?: JsonValue };
    const result = await invokeFunction(FunctionName, JSON.stringify(Payload ?? {})).catch(lambdaFault);
    if (result.queuedMs !== undefined) onQueued?.(result.queuedMs);
    if ("functionError" in result) {
      const { errorType, errorMessage, trace } = result;
      throw new IntegrationError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
    }
    return { ExecutedVersion: "$LATEST", Payload: JSON.parse(result.payload) as JsonValue, StatusCode: 200 };
  },
  "arn:aws:states:::dynamodb:updateItem": async (input) => {
    await dynamodb
      .send(new UpdateItemCommand(input as unknown as UpdateItemCommandInput))
      .catch(serviceFault("DynamoDB"));
    return {};
  },
  "arn:aws:states:::s3:getObject": async (input) => {
    const { Bucket, Key } = input as { Bucket: string; Key: string };
    const { Body } = await s3
      .send(new GetObjectCommand({ Bucket, Key }))
      .catch(serviceFault("S3", `${Bucket}/${Key}: `));
    return { Body: Body as unknown as AsyncIterable<Uint8Array> } as unknown as JsonObject;
  },
  "arn:aws:states:::s3:putObject": async (input) => {
    const { Bucket, Key, Body } = input as unknown as {
      Bucket: string;
      Key: string;
      Body: string | AsyncIterable<string>;
    };
    const stream = typeof Body === "string" ? Body : Readable.from(Body);
    const upload = new Upload({ client: s3, params: { Bucket, Key, Body: stream }, partSize: 8 * 1024 * 1024 });
    await upload.done().catch(serviceFault("S3", `${Bucket}/${Key}: `));
    return {};
  },
});
