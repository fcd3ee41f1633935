import type { buildApp } from "fauxqs";

/** An object that has just come into being in a bucket, as S3 would tell EventBridge of it. */
export interface ObjectCreated {
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without the quotes that HTTP puts around it. */
  readonly etag: string;
  /** Hexadecimal; of two events of the same key, the later one's is greater. */
  readonly sequencer: string;
  readonly reason: "PutObject" | "CompleteMultipartUpload" | "CopyObject";
}

type FauxqsApp = ReturnType<typeof buildApp>;

interface ObjectRequest {
  readonly method: string;
  readonly url: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Record<string, string | string[] | undefined>;
}

/**
 * Calls the listener for each object that a client has created; fauxqs accepts a bucket's notification settings and never raises
 * an event. An object that is deleted in the same instant raises none.
 */
export function watchObjectCreation(app: FauxqsApp, listener: (created: ObjectCreated) => void): void {
  let events = Date.now() * 1000;
  app.addHook("onResponse", async (request, reply) => {
    const reason = creationReason(request);
    if (reason === undefined || reply.statusCode !== 200) return;
    const head = await app.inject({ method: "HEAD", url: pathOf(request.url) });
    if (head.statusCode !== 200) return;
    events += 1;
    listener({
      ...objectAddress(request),
      size: Number(head.headers["content-length"]),
      etag: String(head.headers["etag"]).replaceAll('"', ""),
      sequencer: events.toString(16).toUpperCase().padStart(18, "0"),
      reason,
    });
  });
}

/**
 * Answers 501 to what fauxqs would take for a plain PutObject: a sub-resource such as `?tagging` (it would overwrite the object
 * with the XML of the tags) and a conditional write (it would ignore the condition).
 */
export function refuseMisreadPuts(app: FauxqsApp): void {
  app.addHook("onRequest", async (request, reply) => {
    const feature = misreadFeature(request);
    if (feature === undefined) return;
    const message = `the embedded cloud's S3 does not support ${feature} on a PUT of an object`;
    await reply
      .code(501)
      .type("application/xml")
      .send(`<Error><Code>NotImplemented</Code><Message>${message}</Message></Error>`);
  });
}

function misreadFeature(request: ObjectRequest): string | undefined {
  if (request.method !== "PUT" || objectAddress(request).key === "") return undefined;
  const condition = ["if-match", "if-none-match"].find((header) => request.headers[header] !== undefined);
  if (condition !== undefined) return condition;
  const known = /^(x-.*|partNumber|uploadId)$/i;
  const unknown = Object.keys(queryOf(request)).find((parameter) => !known.test(parameter));
  return unknown === undefined ? undefined : `"?${unknown}"`;
}

function creationReason(request: ObjectRequest): ObjectCreated["reason"] | undefined {
  if (objectAddress(request).key === "") return undefined;
  const isMultipart = "uploadId" in queryOf(request);
  if (request.method === "POST" && isMultipart) return "CompleteMultipartUpload";
  if (request.method !== "PUT" || isMultipart) return undefined;
  return request.headers["x-amz-copy-source"] === undefined ? "PutObject" : "CopyObject";
}

function objectAddress(request: ObjectRequest): { bucket: string; key: string } {
  const { bucket = "", "*": key = "" } = request.params as Record<string, string>;
  return { bucket, key };
}

function queryOf(request: ObjectRequest): object {
  return request.query as object;
}

function pathOf(url: string): string {
  return url.split("?", 1).join("");
}
