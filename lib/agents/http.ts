import type { AgentOutcome } from "../domain/agent-request.ts";
import { type KindCaller, startTimeLimit } from "./agent-call.ts";
import { describeFault, faultCode } from "./network-fault.ts";
import { type HttpDependencies, postJson, type PostResult } from "./post-json.ts";
import { MAX_ANSWER_BYTES, readAnswer } from "./read-answer.ts";

const permanent = (error: string): AgentOutcome => ({ kind: "permanent", error });

const isTransientStatus = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

const readResponse = ({ ok, status, body }: Extract<PostResult, { kind: "answered" }>): AgentOutcome => {
  if (ok) return readAnswer(body);
  if (isTransientStatus(status)) return { kind: "transient", error: `HTTP ${status}` };
  return permanent(status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`);
};

const explainFailure = (cause: unknown, limit: AbortSignal): AgentOutcome => {
  if (limit.aborted) return { kind: "timed_out" };
  if (faultCode(cause) === "Z_DATA_ERROR") return permanent("answer cannot be decompressed");
  return { kind: "transient", error: describeFault(cause) };
};

/** An agent behind a URL that is sent the request by POST as JSON (SPEC E3); the time limit covers the answer to its last byte. */
export const createHttpCaller =
  (dependencies: HttpDependencies): KindCaller<"http"> =>
  async (endpoint, { request, context }) => {
    const limit = startTimeLimit(context);
    const headers = { "idempotency-key": request.idempotency_key };
    const options = { headers, body: request, maxBytes: MAX_ANSWER_BYTES, limit };
    const result = await postJson(endpoint, options, dependencies);
    switch (result.kind) {
      case "answered":
        return readResponse(result);
      case "not_sent":
        return permanent(result.reason);
      case "failed":
        return explainFailure(result.cause, limit);
    }
  };
