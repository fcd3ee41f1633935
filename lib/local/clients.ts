import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";

import { OWNER_ACCESS_KEY } from "./access-keys.ts";
import { REGION } from "./physical-resources.ts";

/** The SDK clients of a stack, wherever it runs. */
export interface CloudClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
}

/** Where an embedded cloud answers, each `http://127.0.0.1:<port>`; the gateway takes what the others do not. */
export type CloudEndpoints = Readonly<Record<"s3" | "sqs" | "dynamodb" | "gateway", string>>;

/** Makes clients of an embedded cloud, in this process or in another one; whoever asked for them destroys them. */
export const createClients = (endpoints: CloudEndpoints, accessKeyId: string = OWNER_ACCESS_KEY): CloudClients => {
  const shared = { region: REGION, credentials: { accessKeyId, secretAccessKey: "embedded" } };
  return {
    s3: new S3Client({ ...shared, endpoint: endpoints.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...shared, endpoint: endpoints.sqs }),
    dynamodb: new DynamoDBClient({ ...shared, endpoint: endpoints.dynamodb }),
    sfn: new SFNClient({ ...shared, endpoint: endpoints.gateway }),
  };
};
