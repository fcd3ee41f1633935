import { once } from "node:events";
import { PassThrough } from "node:stream";

import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

/** S3 takes a part of 5 MiB at the least and 10,000 of them. */
export const PART_BYTES = 6 * 1024 * 1024;

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

/** A request whose body comes while it is sent. */
interface Sending {
  readonly stream: PassThrough;
  readonly sent: Promise<unknown>;
  readonly abort: () => unknown;
}

/** Sends a body in one request. */
const startPut = (client: S3Client, target: Target, bytes: number): Sending => {
  const stream = new PassThrough();
  const broken = new AbortController();
  const command = new PutObjectCommand({ ...target, Body: stream, ContentLength: bytes });
  const sent = client.send(command, { abortSignal: broken.signal });
  return { stream, sent, abort: () => broken.abort() };
};

/** Sends a body in as many parts as it takes, 10,000 at the most. */
const startParts = (client: S3Client, target: Target, bytes: number): Sending => {
  const stream = new PassThrough();
  const partSize = Math.max(PART_BYTES, Math.ceil(bytes / 10_000));
  const upload = new Upload({ client, params: { ...target, Body: stream }, partSize, queueSize: 2 });
  const abort = async (): Promise<void> => {
    await upload.abort();
    // What was begun is only given up by senders that wait for no more of it.
    stream.end();
  };
  return { stream, sent: upload.done(), abort };
};

/** Lets a body pass to where it is sent. The SDK gets a stream that never fails: of one that does it would not tell whoever waits for it. */
const pass = async (body: AsyncIterable<Uint8Array>, { stream, sent, abort }: Sending): Promise<void> => {
  // It may fail while nobody waits for it yet.
  sent.catch(() => {});
  try {
    for await (const piece of gathered(body)) {
      // A part that fails destroys the stream at once, and its fault comes later.
      if (!stream.write(piece)) await Promise.race([once(stream, "drain").catch(() => sent), sent]);
    }
    stream.end();
    await sent;
  } catch (error) {
    void abort();
    await sent.catch(() => {});
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
  else await pass(exact, bytes <= maxPutBytes ? startPut(client, target, bytes) : startParts(client, target, bytes));
};
