import type { FaultyService } from "./fault-plan.ts";

/** An answer as a service gives it. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const xmlError = (status: number, code: string): ServiceAnswer => ({
  status,
  headers: { "content-type": "application/xml" },
  text: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`,
});

const jsonError = (status: number, type: string, queryError?: string): ServiceAnswer => ({
  status,
  headers: {
    "content-type": "application/x-amz-json-1.0",
    ...(queryError !== undefined && { "x-amzn-query-error": `${queryError};Sender` }),
  },
  text: JSON.stringify({ __type: type, message: "injected" }),
});

/** How each service says that it takes no more requests at the moment. */
export const throttledAnswers: Readonly<Record<FaultyService, ServiceAnswer>> = {
  s3: xmlError(503, "SlowDown"),
  sqs: jsonError(400, "com.amazonaws.sqs#RequestThrottled", "RequestThrottled"),
  dynamodb: jsonError(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"),
};

/** How each service says that it failed. */
export const serverErrors: Readonly<Record<FaultyService, ServiceAnswer>> = {
  s3: xmlError(500, "InternalError"),
  sqs: jsonError(500, "com.amazonaws.sqs#InternalFailure", "InternalFailure"),
  dynamodb: jsonError(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
};
