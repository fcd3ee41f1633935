import { errorLine } from "../domain/agent-request.ts";
import type { EndpointOf, SecretSource } from "./agent-call.ts";
import { isLoopbackHttp } from "../domain/loopback.ts";
import { describeFault } from "./network-fault.ts";

/** What calls over HTTP need from outside. */
export interface HttpDependencies {
  readonly secrets: SecretSource;
  /** Plain http to a loopback address is allowed: on the embedded cloud only. */
  readonly allowLoopback: boolean;
}

/** What is sent, and how much of an answer is read. */
export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** A longer answer is read to one chunk beyond. */
  readonly maxBytes: number;
  /** Covers the answer to its last byte. */
  readonly limit: AbortSignal;
}

/** What a call came to; the body of an answer that is no success (2xx) is not read. */
export type PostResult =
  | { readonly kind: "answered"; readonly ok: boolean; readonly status: number; readonly body: Uint8Array }
  | { readonly kind: "not_sent"; readonly reason: string }
  | { readonly kind: "failed"; readonly cause: unknown };

/** Why the URL is not called, or null. Checked at every call, whatever the settings' check let through; it never quotes the URL, which may hold a secret. */
const refuseUrl = (url: string, allowLoopback: boolean): string | null => {
  const parsed = URL.parse(url);
  if (parsed === null) return "endpoint.url: expected an absolute url";
  if (parsed.username !== "" || parsed.password !== "") {
    return "endpoint.url: expected no user name or password in it, use secret_name";
  }
  if (parsed.protocol === "https:") return null;
  if (isLoopbackHttp(parsed)) {
    return allowLoopback
      ? null
      : "endpoint.url: expected https, received http to a loopback address, which only local runs may call";
  }
  return `endpoint.url: expected https, received ${parsed.protocol.slice(0, -1)} to ${parsed.hostname}`;
};

/** The headers of a call, or why there are none: without its secret an endpoint is never called. */
const buildHeaders = async (
  endpoint: EndpointOf<"http">,
  more: PostOptions["headers"],
  secrets: SecretSource,
): Promise<{ readonly ok: true; readonly headers: Headers } | { readonly ok: false; readonly reason: string }> => {
  const headers = new Headers({ accept: "application/json", "content-type": "application/json", ...more });
  const { secret_name, secret_header = "authorization" } = endpoint;
  if (secret_name === undefined) return { ok: true, headers };
  let secret: string;
  try {
    secret = await secrets.get(secret_name);
  } catch (error) {
    return { ok: false, reason: errorLine(`secret ${secret_name} cannot be read: ${describeFault(error)}`) };
  }
  if (secret.trim() === "") return { ok: false, reason: `secret ${secret_name} is empty` };
  try {
    headers.set(secret_header, secret);
    return { ok: true, headers };
  } catch {
    // What was thrown quotes the secret, so it goes no further.
    return { ok: false, reason: `secret ${secret_name} cannot be sent as header ${secret_header}` };
  }
};

/** Stops reading at the limit whatever content-length says; compressed answers are counted as they come out of the decompression. */
const readBody = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > maxBytes) break;
  }
  return new Blob(chunks).bytes();
};

/** Sends JSON by POST, with the endpoint's secret in its header; redirects are not followed. It never rejects. */
export const postJson = async (
  endpoint: EndpointOf<"http">,
  { headers, body, maxBytes, limit }: PostOptions,
  { secrets, allowLoopback }: HttpDependencies,
): Promise<PostResult> => {
  const refusal = refuseUrl(endpoint.url, allowLoopback);
  if (refusal !== null) return { kind: "not_sent", reason: refusal };
  const built = await buildHeaders(endpoint, headers, secrets);
  if (!built.ok) return { kind: "not_sent", reason: built.reason };
  try {
    const response = await fetch(endpoint.url, {
      method: "POST",
      headers: built.headers,
      body: JSON.stringify(body),
      redirect: "manual",
      signal: limit,
    });
    const { ok, status } = response;
    if (ok) return { kind: "answered", ok, status, body: await readBody(response, maxBytes) };
    await response.body?.cancel().catch(() => undefined);
    return { kind: "answered", ok, status, body: new Uint8Array() };
  } catch (cause) {
    return { kind: "failed", cause };
  }
};
