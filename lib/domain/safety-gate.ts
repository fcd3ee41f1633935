import * as z from "zod/mini";
import type { Endpoint } from "./agent.ts";
import { errorLine } from "./agent-request.ts";
import { httpFields, lambdaFields } from "./endpoint-fields.ts";
import { numberBetween, strictFields, trueOrFalse } from "./field-schemas.ts";
import type { JsonValue } from "./json.ts";
import { cutText, MAX_ERROR_BYTES } from "./result-size.ts";
import type { Task } from "./task.ts";

/** Where the Phase 13 gate of a run is asked (SPEC E1); how long an answer may take, in seconds. */
export type SafetyGate = Exclude<Endpoint, { readonly kind: "simulated" }> & { readonly timeout_seconds: number };

/** What the Phase 13 gate is asked before an attempt (SPEC E1). */
export interface SafetyGateRequest {
  readonly check: "check_safety_gates";
  readonly run_id: string;
  readonly wave: number;
  readonly task_id: string;
  readonly agent_id: string;
  /** From 1 within the pass. */
  readonly attempt: number;
  readonly payload: JsonValue;
  readonly constraints: Task["constraints"];
}

/** What the gate said, or what stands for it where it said nothing. */
export type SafetyGateVerdict =
  | { readonly pass: true }
  | { readonly pass: false; /** At least one; a line each. */ readonly reasons: readonly string[] };

/** As many reasons of a refusal are kept, each as long as an error line may be: a log line must stay readable. */
const MAX_REASONS = 10;

const timeout_seconds = z._default(numberBetween(0.1, 60), 5);

/** The setting that names the gate; its addresses keep the rules of agents' endpoints. */
export const safetyGateSchema = z.discriminatedUnion(
  "kind",
  [strictFields({ ...httpFields, timeout_seconds }), strictFields({ ...lambdaFields, timeout_seconds })],
  { error: (issue) => (issue.code === "invalid_union" ? "expected one of http, lambda" : "expected an object") },
);

const answerSchema = z.object({ pass: trueOrFalse(), reasons: z.nullish(z.array(z.string())) });

/** A refusal for one reason. */
export const refuseFor = (reason: string): SafetyGateVerdict => ({
  pass: false,
  reasons: [cutText(errorLine(reason), MAX_ERROR_BYTES)],
});

/** The verdict in the JSON that a gate answered; whatever does not say that the task passes refuses it (SPEC E1). */
export const parseGateAnswer = (value: unknown): SafetyGateVerdict => {
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) {
    return refuseFor(
      'the answer of the Phase 13 gate breaks the contract: expected {"pass": true or false, "reasons"?}',
    );
  }
  if (parsed.data.pass) return { pass: true };
  const reasons = (parsed.data.reasons ?? [])
    .map((reason) => cutText(errorLine(reason), MAX_ERROR_BYTES))
    .filter((reason) => reason !== "")
    .slice(0, MAX_REASONS);
  return reasons.length > 0 ? { pass: false, reasons } : refuseFor("the Phase 13 gate gave no reason");
};
