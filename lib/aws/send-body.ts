import { once } from "node:events";
import { PassThrough } from "node:stream";

import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

/** S3 takes a part of 5 MiB at the least. */
export const PART_BYTES = 6 * 1024 * 1024;

/** And so many of them. */
const MAX_PARTS = 10_000;

/**
 * What S3 takes in one request. It is for the embedded cloud, where a body that streams through in one request is twice as fast: a part is
 * held until S3 has it and is sent again after a fault, and the stream is neither.
 */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** Where a body goes. */
interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

/** Passes a body on as long as it is what was announced: S3 would take what is too long for the next request. */
async function* exactly(bytes: number, key: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of body) {
    length += piece.byteLength;
    if (length > bytes) break;
    yield piece;
  }
  if (length !== bytes) {
    throw new Error(`${key}: expected ${bytes} bytes, received ${length > bytes ? "more" : length}`);
  }
}

/** Bytes that a piece of a stream has at the least: of a body with a checksum behind it S3 takes none under 8 KiB but the last. */
const STREAMED_PIECE_BYTES = 64 * 1024;

async function* gathered(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length < STREAMED_PIECE_BYTES) continue;
    yield pieces.length === 1 ? piece : Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/** A body on its way, which comes while it is sent. */
export interface Sending {
  /** Resolves when there is room for more; undefined where there is. @throws what keeps the body from being sent */
  readonly write: (piece: Uint8Array | string) => Promise<unknown> | undefined;
  /** Resolves when all of it is sent. */
  readonly end: (piece?: Uint8Array | string) => Promise<unknown>;
  /** Gives it up; resolves when it can no longer become an object. */
  readonly abort: () => Promise<void>;
}

/** The SDK gets a stream that never fails: of one that does it would not tell whoever waits for it. */
const sendingOf = (stream: PassThrough, sent: Promise<unknown>, abort: () => unknown): Sending => {
  // It may fail while nobody waits for it yet.
  sent.catch(() => {});
  return {
    write: (piece) => {
      if (stream.write(piece)) return undefined;
      // A part that fails destroys the stream at once, and its fault comes later.
      return Promise.race([once(stream, "drain").catch(() => sent), sent]);
    },
    end: (piece) => {
      stream.end(piece);
      return sent;
    },
    abort: async () => {
      await abort();
      // What was begun is only given up by senders that wait for no more of it.
      stream.end();
      await sent.catch(() => {});
    },
  };
};

/** Sends a body in one request. */
const startPut = (client: S3Client, target: Target, bytes: number): Sending => {
  const stream = new PassThrough();
  const broken = new AbortController();
  const command = new PutObjectCommand({ ...target, Body: stream, ContentLength: bytes });
  const sent = client.send(command, { abortSignal: broken.signal });
  return sendingOf(stream, sent, () => broken.abort());
};

/** Sends a body in as many parts as it takes. */
export const startParts = (client: S3Client, target: Target, partSize = PART_BYTES): Sending => {
  const stream = new PassThrough({ highWaterMark: 1024 * 1024 });
  const upload = new Upload({ client, params: { ...target, Body: stream }, partSize, queueSize: 2 });
  return sendingOf(stream, upload.done(), () => upload.abort());
};

/** Lets a body pass to where it is sent. */
const pass = async (body: AsyncIterable<Uint8Array>, sending: Sending): Promise<void> => {
  try {
    for await (const piece of gathered(body)) await sending.write(piece);
    await sending.end();
  } catch (error) {
    await sending.abort();
    throw error;
  }
};

/** All of a body. */
export const bytesOf = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/**
 * Makes an object of a body of so many bytes: in one request up to `maxPutBytes`, in parts beyond.
 *
 * @throws Error when the bytes were more or fewer
 */
export const sendBody = async (
  client: S3Client,
  target: Target,
  bytes: number,
  body: AsyncIterable<Uint8Array>,
  maxPutBytes: number,
): Promise<void> => {
  const exact = exactly(bytes, target.Key, body);
  // What is held the SDK can send again after a fault.
  if (bytes <= PART_BYTES) await client.send(new PutObjectCommand({ ...target, Body: await bytesOf(exact) }));
  else if (bytes <= maxPutBytes) await pass(exact, startPut(client, target, bytes));
  else await pass(exact, startParts(client, target, Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS))));
};
