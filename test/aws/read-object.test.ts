import type { IncomingMessage, ServerResponse } from "node:http";

import { S3Client } from "@aws-sdk/client-s3";
import { expect, onTestFinished, test } from "vitest";

import { readObject } from "../../lib/aws/read-object.ts";
import { type ReceivedRequest, startServer } from "../agents/loopback-server.ts";

const CONTENT = "0123456789";

/** How many bytes of each answer arrive before the connection breaks off; every answer after the last one is whole. */
type Breaks = readonly number[];

const firstByte = (headers: IncomingMessage["headers"] | undefined): number =>
  Number(/^bytes=(\d+)-$/u.exec(headers?.range ?? "bytes=0-")?.[1]);

const answerPartly =
  (breaks: Breaks, requests: () => readonly ReceivedRequest[]) =>
  (response: ServerResponse): void => {
    const asked = requests();
    const rest = CONTENT.slice(firstByte(asked.at(-1)?.headers));
    const arrive = breaks[asked.length - 1];
    response.writeHead(200, { "content-length": rest.length, etag: '"one"' });
    if (arrive === undefined) response.end(rest);
    else response.write(rest.slice(0, arrive), () => setImmediate(() => response.destroy()));
  };

const readThrough = async (breaks: Breaks, respond = answerPartly) => {
  const server: Awaited<ReturnType<typeof startServer>> = await startServer((response) =>
    respond(breaks, () => server.requests)(response),
  );
  const client = new S3Client({
    endpoint: server.url,
    forcePathStyle: true,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "key" },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const chunks: Uint8Array[] = [];
  const body = await readObject(client, { Bucket: "bucket", Key: "key" });
  const text = (async () => {
    for await (const chunk of body ?? []) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  })();
  return { text, requests: server.requests };
};

test("a connection that breaks off is taken up where it ended", async () => {
  const { text, requests } = await readThrough([4, 3]);
  expect(await text).toBe(CONTENT);
  expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=4-", "bytes=7-"]);
  expect(requests.map(({ headers }) => headers["if-match"])).toEqual([undefined, '"one"', '"one"']);
});

test("as many breaks as there are bytes do no harm, since each answer brings one further", async () => {
  const { text, requests } = await readThrough([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect(await text).toBe(CONTENT);
  expect(requests).toHaveLength(10);
});

test("five breaks in a row without a byte are retryable by the step", async () => {
  const { text, requests } = await readThrough([2, 0, 0, 0, 0, 0]);
  await expect(text).rejects.toMatchObject({
    name: "Phase21.Unavailable",
    message: "object key: the connection broke off 5 times in a row",
  });
  expect(requests).toHaveLength(5);
});

test("an object that has changed meanwhile is not taken up", async () => {
  const { text } = await readThrough([4], (breaks, requests) => (response) => {
    if (requests().length === 1) answerPartly(breaks, requests)(response);
    else response.writeHead(412).end("<Error><Code>PreconditionFailed</Code></Error>");
  });
  await expect(text).rejects.toMatchObject({ name: "PreconditionFailed" });
});

test("an object that is deleted meanwhile is not taken for its first part", async () => {
  const { text } = await readThrough([4], (breaks, requests) => (response) => {
    if (requests().length === 1) answerPartly(breaks, requests)(response);
    else response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  });
  await expect(text).rejects.toMatchObject({ message: "object key: it was deleted while it was read" });
});

test("a key that does not exist gives undefined", async () => {
  const { text, requests } = await readThrough([], () => (response) => {
    response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  });
  expect(await text).toBe("");
  expect(requests).toHaveLength(1);
});
