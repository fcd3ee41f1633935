import { CopyObjectCommand, paginateListObjectsV2, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import { readObject } from "./read-object.ts";
import { bytesOf, PART_BYTES, sendBody, type Sending, startParts } from "./send-body.ts";

/** Text is handed to the upload in pieces of this size, so that a line costs no stream event of its own. */
const PIECE_LENGTH = 256 * 1024;

/** Objects of one bucket, streamed both ways; what is longer than `maxPutBytes` goes in parts. */
export const createS3ObjectStore = (client: S3Client, bucket: string, maxPutBytes = PART_BYTES): ObjectStore => {
  const get = (Key: string, VersionId?: string) =>
    readObject(client, { Bucket: bucket, Key, ...(VersionId !== undefined && { VersionId }) });
  return {
    read: get,
    readText: async (key, versionId) => {
      const body = await get(key, versionId);
      return body && (await bytesOf(body)).toString("utf-8");
    },
    list: async (prefix) => {
      const keys: string[] = [];
      for await (const { Key } of listObjects(client, bucket, prefix)) keys.push(Key);
      return keys;
    },
    copy: async (key, to) => {
      const CopySource = [bucket, ...key.split("/")].map(encodeURIComponent).join("/");
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource }));
    },
    stream: (key, bytes, body) => sendBody(client, { Bucket: bucket, Key: key }, bytes, body, maxPutBytes),
    sizes: async (prefix) => {
      const sizes = new Map<string, number>();
      for await (const { Key, Size } of listObjects(client, bucket, prefix)) sizes.set(Key, Size);
      return sizes;
    },
    open: (key) => openWriter(client, bucket, key),
    writeText: async (key, text) => {
      if (text.length * 3 <= PART_BYTES) {
        await put(client, bucket, key, text);
        return;
      }
      const writer = openWriter(client, bucket, key);
      await writer.write(text);
      await writer.close();
    },
  };
};

async function* listObjects(client: S3Client, Bucket: string, Prefix: string) {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    for (const { Key, Size = 0 } of Contents) if (Key !== undefined) yield { Key, Size };
  }
}

/** Puts bytes: of an empty string the SDK believes that it is a stream of unknown length, and says so in the log. */
const put = async (client: S3Client, bucket: string, key: string, text: string): Promise<void> => {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: new TextEncoder().encode(text) }));
};

/** An object that grows: small ones are put in one request, larger ones in parts. */
const openWriter = (client: S3Client, bucket: string, key: string): ObjectWriter => {
  let pieces: string[] = [];
  let length = 0;
  let sending: Sending | undefined;
  const take = (): string => {
    const text = pieces.join("");
    pieces = [];
    length = 0;
    return text;
  };
  const flush = async (): Promise<void> => {
    sending ??= startParts(client, { Bucket: bucket, Key: key });
    await sending.write(take());
  };
  return {
    write: (text) => {
      pieces.push(text);
      length += text.length;
      return length >= PIECE_LENGTH ? flush() : undefined;
    },
    close: async () => {
      if (sending === undefined) await put(client, bucket, key, take());
      else await sending.end(take());
    },
    abort: async () => {
      pieces = [];
      await sending?.abort();
    },
  };
};
