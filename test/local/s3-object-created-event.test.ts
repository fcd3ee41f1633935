import { expect, test } from "vitest";
import { s3ObjectCreatedEvent } from "../../lib/local/s3-object-created-event.ts";

test("the event has the shape in which EventBridge delivers it", () => {
  const event = s3ObjectCreatedEvent({
    bucket: "a-bucket",
    key: "inbox/näme.jsonl",
    size: 12,
    etag: "d41d8cd98f00b204e9800998ecf8427e",
    sequencer: "00617F08299329D189",
    reason: "PutObject",
    region: "us-east-1",
    account: "000000000000",
    time: new Date("2026-01-02T03:04:05.678Z"),
    id: "17793124-05d4-b198-2fde-7ededc63b103",
  });
  expect(event).toEqual({
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    source: "aws.s3",
    account: "000000000000",
    time: "2026-01-02T03:04:05Z",
    region: "us-east-1",
    resources: ["arn:aws:s3:::a-bucket"],
    detail: {
      version: "0",
      bucket: { name: "a-bucket" },
      object: {
        key: "inbox/näme.jsonl",
        size: 12,
        etag: "d41d8cd98f00b204e9800998ecf8427e",
        sequencer: "00617F08299329D189",
      },
      "request-id": "1779312405D4B198",
      requester: "000000000000",
      "source-ip-address": "127.0.0.1",
      reason: "PutObject",
    },
  });
});
