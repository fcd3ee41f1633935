import { GetObjectCommand, type GetObjectCommandInput, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";

import { UnavailableError } from "../domain/errors.ts";

/** Times in a row that a connection may break off without a byte in between. */
const MAX_BREAKS = 4;

/** An object's bytes from `offset` on, with what tells its versions apart; undefined when there is no such key. */
const open = async (client: S3Client, input: GetObjectCommandInput) => {
  try {
    const { Body, ETag, ContentLength = 0 } = await client.send(new GetObjectCommand(input));
    return { body: Body as AsyncIterable<Uint8Array> | undefined, etag: ETag, length: ContentLength };
  } catch (error) {
    // A version that expired is as gone as an object that was deleted; the SDK has no class of its own for it.
    if (error instanceof NoSuchKey || (error as Error).name === "NoSuchVersion") return undefined;
    throw error;
  }
};

/**
 * Streams an object; undefined when there is no such key. The SDK tries a request again until its answer begins; a connection that
 * breaks off later is taken up here where it ended, as long as the object is still the same.
 *
 * @throws UnavailableError when the connection breaks off again and again
 */
export const readObject = async (
  client: S3Client,
  input: GetObjectCommandInput,
): Promise<AsyncIterable<Uint8Array> | undefined> => {
  const opened = await open(client, input);
  return opened && goOn(client, input, opened);
};

async function* goOn(
  client: S3Client,
  input: GetObjectCommandInput,
  { body, etag, length }: NonNullable<Awaited<ReturnType<typeof open>>>,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let rest = body;
  for (let breaks = 0; ;) {
    try {
      for await (const chunk of rest ?? []) {
        yield chunk;
        offset += chunk.byteLength;
        breaks = 0;
      }
      return;
    } catch (cause) {
      breaks += 1;
      if (offset === length) return;
      if (breaks > MAX_BREAKS) {
        throw new UnavailableError(`object ${input.Key}: the connection broke off ${breaks} times in a row`, { cause });
      }
      const reopened = await open(client, { ...input, Range: `bytes=${offset}-`, IfMatch: etag });
      if (reopened === undefined) {
        throw new UnavailableError(`object ${input.Key}: it was deleted while it was read`, { cause });
      }
      rest = reopened.body;
    }
  }
}
