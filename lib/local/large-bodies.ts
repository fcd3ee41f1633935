import type { IncomingMessage } from "node:http";

import type { buildApp } from "fauxqs";

/** What one request may bring, as in S3. */
const maxBodyBytes = 5 * 1024 ** 3;

class BodyTooLargeError extends Error {
  readonly statusCode = 413;
}

/** Memory for a body. */
type Allocate = (bytes: number) => Buffer;

/**
 * Memory that V8 does not count, for what stays: of what it counts it makes room for each 64 MiB that come in, and marks all else that the
 * thread holds.
 */
const uncounted: Allocate = (bytes) => Buffer.from(new SharedArrayBuffer(bytes));
const counted: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes);

const readBody = async (request: IncomingMessage, allocate: Allocate): Promise<Buffer> => {
  const announced = request.headers["content-length"];
  const pieces: Buffer[] = [];
  const whole = announced === undefined ? undefined : allocate(Number(announced));
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (whole === undefined) pieces.push(piece);
    else whole.set(piece, length);
    length += piece.length;
  }
  return whole ?? Buffer.concat(pieces);
};

/**
 * Lets fauxqs take objects in one request that it would take in parts only, which it hashes twice and copies once more. `isKept` says that
 * they stay in memory; what is written to a folder is soon garbage, which V8 must count to collect it.
 */
export const takeLargeBodies = (app: ReturnType<typeof buildApp>, isKept: boolean): void => {
  app.removeContentTypeParser("*");
  app.addContentTypeParser("*", async (_request: unknown, payload: IncomingMessage) => {
    const bytes = Number(payload.headers["content-length"] ?? 0);
    if (bytes <= maxBodyBytes) return readBody(payload, isKept ? uncounted : counted);
    throw new BodyTooLargeError(`a body of ${bytes} bytes: expected at most ${maxBodyBytes}`);
  });
};
