import type { ObjectCreated } from "./s3-object-created.ts";

/** An event as EventBridge delivers it. */
export interface EventBridgeEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** Gives the event that S3 sends to EventBridge for a new object of an unversioned bucket. */
export function s3ObjectCreatedEvent(
  created: ObjectCreated & {
    readonly region: string;
    readonly account: string;
    readonly time: Date;
    readonly id: string;
  },
): EventBridgeEvent {
  const { bucket, key, size, etag, sequencer, reason, region, account, time, id } = created;
  return {
    version: "0",
    id,
    "detail-type": "Object Created",
    source: "aws.s3",
    account,
    time: time.toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: { key, size, etag, sequencer },
      "request-id": id.replaceAll("-", "").slice(0, 16).toUpperCase(),
      requester: account,
      "source-ip-address": "127.0.0.1",
      reason,
    },
  };
}
