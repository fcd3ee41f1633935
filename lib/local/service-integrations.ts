import { type DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import type { JsonObject, JsonValue } from "../domain/json.ts";
import type { InvocationResult } from "./lambda-runtime.ts";
import type { Resources } from "./states/definition.ts";
import { Readable } from "node:stream";

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

export interface IntegrationDependencies {
  readonly invokeFunction: (nameOrArn: string, payload: string) => Promise<InvocationResult>;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
}

/** The service integrations that the stack's state machine uses, each by its resource ARN. */
export const createIntegrations = ({ invokeFunction, s3, dynamodb }: IntegrationDependencies): Resources => ({
  "arn:aws:states:::lambda:invoke": async (input) => {
    const { FunctionName, Payload } = input as { FunctionName: string; Payload?: JsonValue };
    const result = await invokeFunction(FunctionName, JSON.stringify(Payload ?? {}));
    if ("functionError" in result) {
      const { errorType, errorMessage, trace } = result;
      throw new IntegrationError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
    }
    return { ExecutedVersion: "$LATEST", Payload: JSON.parse(result.payload) as JsonValue, StatusCode: 200 };
  },
  "arn:aws:states:::dynamodb:updateItem": async (input) => {
    try {
      await dynamodb.send(new UpdateItemCommand(input as unknown as UpdateItemCommandInput));
      return {};
    } catch (error) {
      const { name, message } = error as Error;
      throw new IntegrationError(`DynamoDB.${name}`, message);
    }
  },
  "arn:aws:states:::s3:getObject": async (input) => {
    const { Bucket, Key } = input as { Bucket: string; Key: string };
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return { Body: Body as unknown as AsyncIterable<Uint8Array> } as unknown as JsonObject;
    } catch (error) {
      const { name, message } = error as Error;
      throw new IntegrationError(`S3.${name}`, `${Bucket}/${Key}: ${message}`);
    }
  },
  "arn:aws:states:::s3:putObject": async (input) => {
    const { Bucket, Key, Body } = input as unknown as {
      Bucket: string;
      Key: string;
      Body: string | AsyncIterable<string>;
    };
    const stream = typeof Body === "string" ? Body : Readable.from(Body);
    await new Upload({ client: s3, params: { Bucket, Key, Body: stream }, partSize: 8 * 1024 * 1024 }).done();
    return {};
  },
});
