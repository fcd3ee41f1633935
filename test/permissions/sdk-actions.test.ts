import { expect, test } from "vitest";

import type { SentRequest } from "./recording-proxy.ts";
import { type RecordedService, sdkActions } from "./sdk-actions.ts";

const sent = (method: string, path: string, more: Partial<SentRequest> = {}): SentRequest => ({
  method,
  url: new URL(path, "http://127.0.0.1"),
  headers: {},
  body: "",
  ...more,
});

const post = (target: string, body: object): SentRequest =>
  sent("POST", "/", { headers: { "x-amz-target": target }, body: JSON.stringify(body) });

const object = "arn:aws:s3:::bucket/runs/one/a.json";

test.each<readonly [string, RecordedService, SentRequest, string, string]>([
  ["GetObject", "s3", sent("GET", "/bucket/runs/one/a.json?x-id=GetObject"), "s3:GetObject", object],
  ["HeadObject", "s3", sent("HEAD", "/bucket/runs/one/a.json"), "s3:GetObject", object],
  ["GetObject of a version", "s3", sent("GET", "/bucket/runs/one/a.json?versionId=7"), "s3:GetObjectVersion", object],
  ["PutObject", "s3", sent("PUT", "/bucket/runs/one/a.json"), "s3:PutObject", object],
  ["CreateMultipartUpload", "s3", sent("POST", "/bucket/runs/one/a.json?uploads="), "s3:PutObject", object],
  ["UploadPart", "s3", sent("PUT", "/bucket/runs/one/a.json?partNumber=1&uploadId=u"), "s3:PutObject", object],
  ["CompleteMultipartUpload", "s3", sent("POST", "/bucket/runs/one/a.json?uploadId=u"), "s3:PutObject", object],
  [
    "AbortMultipartUpload",
    "s3",
    sent("DELETE", "/bucket/runs/one/a.json?uploadId=u"),
    "s3:AbortMultipartUpload",
    object,
  ],
  ["ListObjectsV2", "s3", sent("GET", "/bucket?list-type=2&prefix=a%2F"), "s3:ListBucket", "arn:aws:s3:::bucket"],
  [
    "SendMessageBatch",
    "sqs",
    post("AmazonSQS.SendMessageBatch", { QueueUrl: "http://127.0.0.1/000000000000/q" }),
    "sqs:SendMessage",
    "arn:aws:sqs:us-east-1:000000000000:q",
  ],
  [
    "BatchWriteItem",
    "dynamodb",
    post("DynamoDB_20120810.BatchWriteItem", { RequestItems: { t: [] } }),
    "dynamodb:BatchWriteItem",
    "arn:aws:dynamodb:us-east-1:000000000000:table/t",
  ],
  [
    "Invoke",
    "gateway",
    sent("POST", "/2015-03-31/functions/f/invocations"),
    "lambda:InvokeFunction",
    "arn:aws:lambda:us-east-1:000000000000:function:f",
  ],
])("%s asks for one action on one resource", (_title, service, request, action, resource) => {
  expect(sdkActions(service, request)).toMatchObject([{ action, resource }]);
});

test("CopyObject asks for the source and for the object", () => {
  const copy = sent("PUT", "/bucket/runs/one/b.json?x-id=CopyObject", {
    headers: { "x-amz-copy-source": "bucket/runs/one/a.json" },
  });
  expect(sdkActions("s3", copy)).toMatchObject([
    { action: "s3:GetObject", resource: object },
    { action: "s3:PutObject", resource: "arn:aws:s3:::bucket/runs/one/b.json" },
  ]);
});

test.each<readonly [string, RecordedService, SentRequest]>([
  ["DeleteObject", "s3", sent("DELETE", "/bucket/runs/one/a.json")],
  ["GetObjectTagging", "s3", sent("GET", "/bucket/a.json?tagging=")],
  ["ListParts", "s3", sent("GET", "/bucket/a.json?uploadId=u")],
  ["ListBuckets", "s3", sent("GET", "/")],
  ["ReceiveMessage", "sqs", post("AmazonSQS.ReceiveMessage", {})],
  ["Scan", "dynamodb", post("DynamoDB_20120810.Scan", {})],
  ["StopExecution", "gateway", post("AWSStepFunctions.StopExecution", {})],
])("%s, which the pipeline does not call, is not known", (_title, service, request) => {
  expect(() => sdkActions(service, request)).toThrow("expected a call whose IAM action is known");
});
