import {
  parseGateAnswer,
  refuseFor,
  type SafetyGate,
  type SafetyGateRequest,
  type SafetyGateVerdict,
} from "../domain/safety-gate.ts";
import { invokeFunction } from "./invoke-function.ts";
import type { AgentDependencies } from "./kinds.ts";
import { describeFault, faultCode } from "./network-fault.ts";
import { postJson } from "./post-json.ts";
import { parseJson } from "./read-answer.ts";

/** Asks the Phase 13 gate whether an attempt may be made. */
export type SafetyGateCaller = (gate: SafetyGate, request: SafetyGateRequest) => Promise<SafetyGateVerdict>;

/** A verdict and its reasons; what is longer is none. */
const MAX_GATE_ANSWER_BYTES = 64 * 1024;

/** The bytes that the gate answered, or what it did instead. */
type Asked = { readonly body: Uint8Array } | { readonly instead: string };

/** Names the gate by its host alone, because the rest of a URL may hold a secret. */
const placeOf = (gate: SafetyGate): string =>
  gate.kind === "lambda" ? gate.function_name : (URL.parse(gate.url)?.host ?? "no valid url");

const describeCause = (cause: unknown): string =>
  faultCode(cause) === "Z_DATA_ERROR"
    ? "answered what cannot be decompressed"
    : `did not answer: ${describeFault(cause)}`;

const ask = async (
  gate: SafetyGate,
  request: SafetyGateRequest,
  limit: AbortSignal,
  dependencies: AgentDependencies,
): Promise<Asked> => {
  if (gate.kind === "lambda") {
    const result = await invokeFunction(dependencies.lambda, gate.function_name, request, limit);
    if (result.kind === "returned") return { body: result.payload };
    return { instead: `did not answer: ${result.kind === "crashed" ? result.error : describeFault(result.cause)}` };
  }
  const result = await postJson(gate, { body: request, maxBytes: MAX_GATE_ANSWER_BYTES, limit }, dependencies);
  switch (result.kind) {
    case "answered":
      return result.status === 200 ? { body: result.body } : { instead: `answered HTTP ${result.status}, not 200` };
    case "not_sent":
      return { instead: `was not asked: ${result.reason}` };
    case "failed":
      return { instead: describeCause(result.cause) };
  }
};

const readVerdict = (body: Uint8Array, refuse: (what: string) => SafetyGateVerdict): SafetyGateVerdict => {
  if (body.byteLength > MAX_GATE_ANSWER_BYTES) return refuse("answered more than 64 KiB");
  const value = parseJson(body);
  return value === undefined ? refuse("answered what is not JSON") : parseGateAnswer(value);
};

const untilAborted = (limit: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => limit.addEventListener("abort", () => resolve(undefined), { once: true }));

/**
 * Asks the gate once, as long as its own time limit allows, secret included. It never rejects: a gate that does not say within its
 * limit that the attempt may be made has refused it (SPEC E1).
 */
export const createSafetyGateCaller =
  (dependencies: AgentDependencies): SafetyGateCaller =>
  async (gate, request) => {
    const refuse = (what: string) => refuseFor(`the Phase 13 gate at ${placeOf(gate)} ${what}`);
    const limit = AbortSignal.timeout(Math.ceil(gate.timeout_seconds * 1_000));
    const asked = await Promise.race([ask(gate, request, limit, dependencies), untilAborted(limit)]);
    if (asked === undefined || ("instead" in asked && limit.aborted)) {
      return refuse(`did not answer within ${gate.timeout_seconds} s`);
    }
    return "body" in asked ? readVerdict(asked.body, refuse) : refuse(asked.instead);
  };
