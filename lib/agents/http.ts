import { type AgentOutcome, type AgentRequest, errorLine } from "../domain/agent-request.ts";
import { isLoopbackHttp } from "../domain/loopback.ts";
import { type EndpointOf, type KindCaller, type SecretSource, startTimeLimit } from "./agent-call.ts";
import { describeFault, faultCode } from "./network-fault.ts";
import { MAX_ANSWER_BYTES, readAnswer } from "./read-answer.ts";

/** What calls to HTTP agents need from outside. */
export interface HttpDependencies {
  readonly secrets: SecretSource;
  /** Plain http to a loopback address is allowed: on the embedded cloud only. */
  readonly allowLoopback: boolean;
}

const permanent = (error: string): AgentOutcome => ({ kind: "permanent", error });

/** Why the URL is not called, or null. Checked at every call, whatever the fleet file's check let through; it never quotes the URL, which may hold a secret. */
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

/** The headers of a call, or why there are none: without its secret an agent is never called. */
const buildHeaders = async (
  endpoint: EndpointOf<"http">,
  request: AgentRequest,
  secrets: SecretSource,
): Promise<{ readonly ok: true; readonly headers: Headers } | { readonly ok: false; readonly reason: string }> => {
  const headers = new Headers({
    accept: "application/json",
    "content-type": "application/json",
    "idempotency-key": request.idempotency_key,
  });
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
const readBody = async (response: Response): Promise<Uint8Array> => {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > MAX_ANSWER_BYTES) break;
  }
  return new Blob(chunks).bytes();
};

const isTransientStatus = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

const readResponse = async (response: Response): Promise<AgentOutcome> => {
  if (response.ok) return readAnswer(await readBody(response));
  const { status } = response;
  await response.body?.cancel().catch(() => undefined);
  if (isTransientStatus(status)) return { kind: "transient", error: `HTTP ${status}` };
  return permanent(status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`);
};

const explainFailure = (error: unknown, limit: AbortSignal): AgentOutcome => {
  if (limit.aborted) return { kind: "timed_out" };
  if (faultCode(error) === "Z_DATA_ERROR") return permanent("answer cannot be decompressed");
  return { kind: "transient", error: describeFault(error) };
};

/** An agent behind a URL that is sent the request by POST as JSON (SPEC E3); the time limit covers the answer to its last byte. */
export const createHttpCaller =
  ({ secrets, allowLoopback }: HttpDependencies): KindCaller<"http"> =>
  async (endpoint, { request, context }) => {
    const refusal = refuseUrl(endpoint.url, allowLoopback);
    if (refusal !== null) return permanent(refusal);
    const limit = startTimeLimit(context);
    const built = await buildHeaders(endpoint, request, secrets);
    if (!built.ok) return permanent(built.reason);
    try {
      const response = await fetch(endpoint.url, {
        method: "POST",
        headers: built.headers,
        body: JSON.stringify(request),
        redirect: "manual",
        signal: limit,
      });
      return await readResponse(response);
    } catch (error) {
      return explainFailure(error, limit);
    }
  };
