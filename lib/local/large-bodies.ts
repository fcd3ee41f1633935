import type { IncomingMessage } from "node:http";

import type { buildApp } from "fauxqs";

/** What one request may bring; S3 takes 5 GiB. */
const maxBodyBytes = 2 * 1024 * 1024 * 1024;

class BodyTooLargeError extends Error {
  readonly statusCode = 413;
}

/**
 * Reads a body into memory that V8 does not count: of what it counts it makes room for each 64 MiB that come in, and marks all else that
 * the thread holds.
 */
const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const announced = request.headers["content-length"];
  const pieces: Buffer[] = [];
  const whole = announced === undefined ? undefined : Buffer.from(new SharedArrayBuffer(Number(announced)));
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (whole === undefined) pieces.push(piece);
    else whole.set(piece, length);
    length += piece.length;
  }
  return whole ?? Buffer.concat(pieces);
};

/** Lets fauxqs take objects in one request that it would take in parts only, which it hashes twice and copies once more. */
export const takeLargeBodies = (app: ReturnType<typeof buildApp>): void => {
  app.removeContentTypeParser("*");
  app.addContentTypeParser("*", async (_request: unknown, payload: IncomingMessage) => {
    const bytes = Number(payload.headers["content-length"] ?? 0);
    if (bytes <= maxBodyBytes) return readBody(payload);
    throw new BodyTooLargeError(`a body of ${bytes} bytes: expected at most ${maxBodyBytes}`);
  });
};
