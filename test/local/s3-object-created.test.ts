import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { buildApp } from "fauxqs";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ObjectCreated, refuseMisreadPuts, watchObjectCreation } from "../../lib/local/s3-object-created.ts";

const created: ObjectCreated[] = [];
const app = buildApp({ logger: false });
const Bucket = "a-bucket";
let s3: S3Client;

beforeAll(async () => {
  refuseMisreadPuts(app);
  watchObjectCreation(app, (object) => void created.push(object));
  const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });
  s3 = new S3Client({ endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

beforeEach(() => void created.splice(0));

afterAll(async () => {
  s3.destroy();
  await app.close();
});

test("an object that is put raises an event with its size and etag", async () => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "a folder/näme+1.txt", Body: "größe" }));
  await arrivalOf(1);
  expect(created).toEqual([
    {
      bucket: Bucket,
      key: "a folder/näme+1.txt",
      size: 7,
      etag: ETag?.replaceAll('"', ""),
      sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
      reason: "PutObject",
    },
  ]);
});

test("a multipart upload raises one event, when it is complete", async () => {
  const Body = Buffer.alloc(6 * 1024 * 1024);
  await new Upload({ client: s3, params: { Bucket, Key: "large", Body } }).done();
  await arrivalOf(1);
  expect(created).toMatchObject([{ key: "large", size: Body.length, reason: "CompleteMultipartUpload" }]);
  expect(created[0]?.etag).toMatch(/^[0-9a-f]{32}-2$/);
});

test("a copied object raises an event with the size of its source", async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: "source", Body: "123" }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/source` }));
  await arrivalOf(2);
  expect(created[1]).toMatchObject({ key: "copy", size: 3, reason: "CopyObject" });
});

test("the sequencers of two writes of one key grow", async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: "twice", Body: "1" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "twice", Body: "22" }));
  await arrivalOf(2);
  const [first, second] = created;
  expect(second?.size).toBe(2);
  expect(String(second?.sequencer) > String(first?.sequencer)).toBe(true);
});

test("a put that fails and a read raise no event", async () => {
  await expect(s3.send(new PutObjectCommand({ Bucket: "no-such-bucket", Key: "k", Body: "text" }))).rejects.toThrow(
    "The specified bucket does not exist",
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: "last", Body: "text" }));
  await s3.send(new GetObjectCommand({ Bucket, Key: "last" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "after", Body: "text" }));
  await arrivalOf(2);
  expect(created.map(({ key }) => key)).toEqual(["last", "after"]);
});

test("tagging an object is refused and leaves the object as it was", async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: "tagged", Body: "content" }));
  const tagging = { Bucket, Key: "tagged", Tagging: { TagSet: [{ Key: "a", Value: "b" }] } };
  await expect(s3.send(new PutObjectTaggingCommand(tagging))).rejects.toMatchObject({
    name: "NotImplemented",
    message: 'the embedded cloud\'s S3 does not support "?tagging" on a PUT of an object',
  });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "tagged" }));
  expect(await Body?.transformToString()).toBe("content");
});

test.each([{ IfNoneMatch: "*" }, { IfMatch: '"an-etag"' }])("a put with %o is refused", async (condition) => {
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "text", ...condition }))).rejects.toMatchObject({
    name: "NotImplemented",
  });
});

async function arrivalOf(count: number): Promise<void> {
  while (created.length < count) await setImmediate();
}
