import { PassThrough } from "node:stream";

import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";

/** Text is handed to the upload in pieces of this size, so that a line costs no stream event of its own. */
const PIECE_LENGTH = 256 * 1024;

/** S3 takes a part of 5 MiB at the least and 10,000 of them; the embedded S3 takes a body of 11 MiB at the most. */
const PART_BYTES = 6 * 1024 * 1024;

/** Objects of one bucket, streamed both ways. */
export const createS3ObjectStore = (client: S3Client, bucket: string): ObjectStore => {
  const get = async (key: string, versionId?: string) => {
    try {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) }),
      );
      return Body;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
  return {
    read: async (key, versionId) => (await get(key, versionId)) as AsyncIterable<Uint8Array> | undefined,
    readText: async (key, versionId) => (await get(key, versionId))?.transformToString("utf-8"),
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

/** Puts bytes: of an empty string the SDK believes that it is a stream of unknown length, and says so in the log. */
const put = async (client: S3Client, bucket: string, key: string, text: string): Promise<void> => {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: new TextEncoder().encode(text) }));
};

/** An object that grows: small ones are put in one request, larger ones in parts. */
const openWriter = (client: S3Client, bucket: string, key: string): ObjectWriter => {
  let pieces: string[] = [];
  let length = 0;
  let upload:
    | { readonly stream: PassThrough; readonly done: Promise<unknown>; readonly abort: () => Promise<void> }
    | undefined;

  const startUpload = () => {
    const stream = new PassThrough({ highWaterMark: 4 * PIECE_LENGTH });
    const multipart = new Upload({
      client,
      params: { Bucket: bucket, Key: key, Body: stream },
      partSize: PART_BYTES,
      queueSize: 2,
    });
    const done = multipart.done();
    done.catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
    return { stream, done, abort: () => multipart.abort() };
  };
  const flush = (): Promise<void> | void => {
    upload ??= startUpload();
    const { stream, done } = upload;
    const text = pieces.join("");
    pieces = [];
    length = 0;
    if (stream.write(text)) return;
    return Promise.race([new Promise<void>((resolve) => stream.once("drain", resolve)), done.then(() => undefined)]);
  };
  return {
    write: (text) => {
      pieces.push(text);
      length += text.length;
      return length >= PIECE_LENGTH ? flush() : undefined;
    },
    close: async () => {
      if (upload === undefined) {
        await put(client, bucket, key, pieces.join(""));
        return;
      }
      upload.stream.end(pieces.join(""));
      await upload.done;
    },
    abort: async () => {
      pieces = [];
      await upload?.abort();
    },
  };
};
