import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "fauxqs";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import { createFauxqsStores, openFauxqsStores, watchStorageFaults } from "../../lib/local/fauxqs-stores.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fauxqs-stores-"));
  return () => rm(directory, { recursive: true });
});

const open = async () => {
  const opened = await openFauxqsStores(directory);
  return { ...opened.stores, close: () => opened.close() };
};

type Opened = Awaited<ReturnType<typeof open>>;

const queueOf = ({ sqsStore }: Opened, name = "queue", attributes = {}) =>
  sqsStore.getQueueByName(name) ?? sqsStore.createQueue(name, `http://x/0/${name}`, `arn:${name}`, attributes);

const message = (messageId: string) => ({
  messageId,
  body: "text",
  md5OfBody: "1cb251ec0d568de6a929b520c4aed8d1",
  messageAttributes: {},
  md5OfMessageAttributes: "",
  sentTimestamp: 1_700_000_000_000,
  approximateReceiveCount: 0,
});

test("objects in memory have the ETag of their bytes, wherever they stand", async () => {
  const { s3Store } = await createFauxqsStores();
  s3Store.createBucket("bucket");
  const etagOf = (key: string, body: Buffer): string => s3Store.putObject("bucket", key, body).etag;
  const body = Buffer.from("text");

  expect(etagOf("key", body)).toMatch(/^"[0-9a-f]{32}"$/u);
  expect(etagOf("copy", s3Store.getObject("bucket", "key").body)).toBe(etagOf("key", body));
  expect(etagOf("equal", Buffer.from("text"))).toBe(etagOf("key", body));
  expect(etagOf("other", Buffer.from("texT"))).not.toBe(etagOf("key", body));
  expect(s3Store.headObject("bucket", "copy").contentLength).toBe(4);
});

describe("queues in a folder", () => {
  test("keep their attributes and messages", async () => {
    const before = await open();
    queueOf(before, "queue", { VisibilityTimeout: "45" }).enqueue(message("m1"));
    before.close();

    const after = await open();
    const queue = queueOf(after);
    expect(queue.attributes).toMatchObject({ VisibilityTimeout: "45" });
    expect(queue.dequeue(10)).toMatchObject([{ MessageId: "m1", Body: "text" }]);
    after.close();
  });

  test("do not bring a deleted message back", async () => {
    const before = await open();
    queueOf(before).enqueue(message("m1"));
    for (const { ReceiptHandle } of queueOf(before).dequeue(1)) queueOf(before).deleteMessage(ReceiptHandle);
    before.close();

    const after = await open();
    expect(queueOf(after).inspectMessages()).toEqual({ ready: [], delayed: [], inflight: [] });
    after.close();
  });

  test("hide a received message until its time is over, and take its old receipt handle", async () => {
    const before = await open();
    queueOf(before).enqueue(message("m1"));
    const [received] = queueOf(before).dequeue(1, 600);
    before.close();

    const after = await open();
    expect(queueOf(after).dequeue(1)).toEqual([]);
    expect(queueOf(after).deleteMessage(received?.ReceiptHandle ?? "")).toBe(true);
    after.close();
  });

  test("show a received message again when its time was over meanwhile", async () => {
    const before = await open();
    queueOf(before).enqueue(message("m1"));
    queueOf(before).dequeue(1, 0);
    before.close();

    const after = await open();
    expect(queueOf(after).dequeue(1)).toMatchObject([{ MessageId: "m1" }]);
    after.close();
  });

  test("have a message that was given back, at once and after the next start, with its receives counted", async () => {
    const before = await open();
    queueOf(before).enqueue(message("m1"));
    const [received] = queueOf(before).dequeue(1, 600);
    queueOf(before).changeVisibility(received?.ReceiptHandle ?? "", 0);
    expect(queueOf(before).inspectMessages().ready).toMatchObject([{ messageId: "m1" }]);
    before.close();

    const after = await open();
    expect(queueOf(after).inspectMessages().ready).toMatchObject([{ messageId: "m1", approximateReceiveCount: 1 }]);
    after.close();
  });

  test("have a message in its old queue when it could not be written to the dead-letter queue", async () => {
    const before = await open();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:dead", maxReceiveCount: 1 });
    const queue = queueOf(before, "queue", { RedrivePolicy });
    queue.enqueue(message("m1"));
    queue.dequeue(1, 0);
    const full = {
      enqueue: () => {
        throw new Error("disk full");
      },
    };
    expect(() => queue.dequeue(1, 0, () => full as never)).toThrow("disk full");
    before.close();

    const after = await open();
    expect(queueOf(after).inspectMessages().ready).toMatchObject([{ messageId: "m1" }]);
    after.close();
  });
});

describe("buckets in a folder", () => {
  test("keep their objects, the empty one too", async () => {
    const before = await open();
    before.s3Store.createBucket("bucket");
    before.s3Store.putObject("bucket", "full", Buffer.from("text"), "text/plain", { name: "value" });
    before.s3Store.putObject("bucket", "empty", Buffer.alloc(0), "text/plain");
    before.close();

    const after = await open();
    expect(after.s3Store.getObject("bucket", "full")).toMatchObject({
      body: Buffer.from("text"),
      contentType: "text/plain",
      metadata: { name: "value" },
    });
    expect(after.s3Store.getObject("bucket", "empty").body).toHaveLength(0);
    after.close();
  });

  test("hold an object that was uploaded in parts, and nothing of an upload that was cut off", async () => {
    const before = await open();
    before.s3Store.createBucket("bucket");
    const done = before.s3Store.createMultipartUpload("bucket", "done");
    const { etag } = before.s3Store.uploadPart(done, 1, Buffer.from("text"));
    before.s3Store.completeMultipartUpload(done, [{ partNumber: 1, etag }]);
    const cutOff = before.s3Store.createMultipartUpload("bucket", "cut-off");
    before.s3Store.uploadPart(cutOff, 1, Buffer.from("text"));
    before.close();

    const after = await open();
    onTestFinished(after.close);
    expect(after.s3Store.listObjects("bucket").objects).toMatchObject([{ key: "done", contentLength: 4 }]);
    expect(() => after.s3Store.uploadPart(cutOff, 2, Buffer.from("text"))).toThrow("does not exist");
  });
});

test.each([
  ["a full disk", 13, 1],
  ["a disk that cannot be read or written, by its extended code", 778, 1],
  ["a broken rule of its schema", 19, 0],
  ["no code at all", undefined, 0],
])("a request that failed for %s is told of where the folder is to blame", async (_, errcode, times) => {
  const faults: Error[] = [];
  const fauxqs = buildApp({ logger: false });
  onTestFinished(() => fauxqs.close());
  watchStorageFaults(fauxqs, (error) => faults.push(error));
  fauxqs.get("/a/failing/request", () => {
    throw Object.assign(new Error("failed"), { errcode });
  });
  expect((await fauxqs.inject("/a/failing/request")).statusCode).toBe(500);
  expect(faults).toHaveLength(times);
});
