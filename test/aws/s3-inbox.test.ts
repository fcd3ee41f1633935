import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { createS3Inbox } from "../../lib/aws/s3-inbox.ts";
import { startServer } from "../agents/loopback-server.ts";
import { account, BUCKET, type Services, startServices } from "./emulated-services.ts";

let services: Services;
let inbox: ReturnType<typeof createS3Inbox>;

beforeAll(async () => {
  services = await startServices();
  inbox = createS3Inbox(services.s3, BUCKET);
});

afterAll(() => services.stop());

const put = (Key: string) => services.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "{}\n" }));

/** Everything that an inbox lists. */
const listedBy = async ({ list }: Pick<typeof inbox, "list">) => {
  const listed: { readonly key: string; readonly lastModified: number }[] = [];
  for await (const upload of list()) listed.push(upload);
  return listed;
};

test("the inbox lists its objects with their times, and nothing beside it", async () => {
  for (const key of ["inbox/a/predictions.jsonl", "inbox/b/config.json", "runs/a/plan.json"]) await put(key);
  const listed = await listedBy(inbox);
  const keys = ["inbox/a/predictions.jsonl", "inbox/b/config.json"];
  const { LastModified } = await services.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: keys[0] }));
  expect(listed.map(({ key }) => key)).toEqual(keys);
  // The listing has milliseconds, the header has seconds.
  expect(Math.floor((listed[0]?.lastModified ?? 0) / 1_000) * 1_000).toBe(LastModified?.getTime());
});

test("an object of a bucket without versions has an ETag alone, as its event gives it", async () => {
  const { ETag = "" } = await put("inbox/c/predictions.jsonl");
  expect(await inbox.version("inbox/c/predictions.jsonl")).toEqual({ etag: ETag.replaceAll('"', "") });
});

test("an object that is gone has no version", async () => {
  expect(await inbox.version("inbox/never/predictions.jsonl")).toBeUndefined();
});

/** S3 as no emulator is: it answers every request with this. */
const inboxOn = async (status: number, headers: Record<string, string>, bodyOf: (path: string) => string) => {
  const { url } = await startServer((response, path) => {
    response.writeHead(status, headers).end(bodyOf(path));
  });
  const client = new S3Client({ ...account, endpoint: url, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  return createS3Inbox(client, BUCKET);
};

test("an object of a bucket with versions has both", async () => {
  const versioned = await inboxOn(200, { etag: '"e1"', "x-amz-version-id": "v1" }, () => "");
  expect(await versioned.version("inbox/a/predictions.jsonl")).toEqual({ etag: "e1", version_id: "v1" });
});

test("a refusal is thrown", async () => {
  const refusing = await inboxOn(403, {}, () => "");
  await expect(refusing.version("inbox/a/predictions.jsonl")).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
});

test("every page of a long inbox is listed", async () => {
  const page = (key: string, next: string) =>
    `<ListBucketResult>${next}<Contents><Key>${key}</Key><LastModified>2026-01-01T12:00:00.000Z</LastModified></Contents></ListBucketResult>`;
  const first = page(
    "inbox/a/predictions.jsonl",
    "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
  );
  const long = await inboxOn(200, { "content-type": "application/xml" }, (url) =>
    url.includes("continuation-token=t")
      ? page("inbox/b/predictions.jsonl", "<IsTruncated>false</IsTruncated>")
      : first,
  );
  const keys = (await listedBy(long)).map(({ key }) => key);
  expect(keys).toEqual(["inbox/a/predictions.jsonl", "inbox/b/predictions.jsonl"]);
});
