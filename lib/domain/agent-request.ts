import * as z from "zod/mini";
import type { Agent } from "./agent.ts";
import { explainIssues } from "./explain-issues.ts";
import { LARGEST, trueOrFalse } from "./field-schemas.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Task } from "./task.ts";

/** What an agent is sent, the same for every kind (SPEC E3). */
export interface AgentRequest {
  readonly run_id: string;
  readonly wave: number;
  readonly task_id: string;
  /** From 1 within the pass. */
  readonly attempt: number;
  readonly payload: JsonValue;
  /** The same for every attempt at the task in the run, so that an agent need not do twice what it has done. */
  readonly idempotency_key: string;
  /** ISO 8601 time after which nobody waits for the answer. */
  readonly deadline: string;
  /** Fields of the prediction line that the schema does not know; absent where there are none. */
  readonly fields?: JsonObject;
}

/** What an agent answers, the same for every kind (SPEC E3). */
export interface AgentAnswer {
  readonly success: boolean;
  readonly output?: JsonValue;
  /** One line of at most 1 KiB. */
  readonly error?: string;
  /** A failed attempt may succeed if it is made again. */
  readonly retryable?: boolean;
  readonly cost_usd?: number;
  readonly tokens?: number;
}

/** What an attempt used up, as far as the agent told. */
type AttemptCost = Pick<AgentAnswer, "cost_usd" | "tokens">;

/** What calling an agent comes to; `answered` is a success. */
export type AgentOutcome =
  | { readonly kind: "answered"; readonly answer: AgentAnswer }
  | ({ readonly kind: "transient"; readonly error: string } & AttemptCost)
  | ({ readonly kind: "permanent"; readonly error: string } & AttemptCost)
  | { readonly kind: "timed_out" };

/** What an attempt is made with, beside what the agent is told. */
export interface CallContext {
  readonly task: Task;
  readonly pass: number;
  /** Seed of the run. */
  readonly seed: number;
  /** Time limit of the attempt. */
  readonly timeoutMs: number;
}

/** Makes one attempt of a task on an agent; it rejects only where the executor itself is meant to fail. */
export type AgentCaller = (agent: Agent, request: AgentRequest, context: CallContext) => Promise<AgentOutcome>;

const MAX_ERROR_BYTES = 1024;

/** The depth that prediction lines may have too; a deeper answer could not be serialized safely further on. */
const MAX_ANSWER_LEVELS = 32;

/** A text of any origin as one printable line of at most 1 KiB of UTF-8. */
export const errorLine = (text: string): string => {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(MAX_ERROR_BYTES));
  return line.slice(0, read);
};

const nestsDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => nestsDeeperThan(inner, levels - 1)));

const AMOUNT = "expected a number from 0";
const amount = z.nullish(z.number(AMOUNT).check(z.gte(0, AMOUNT), z.lte(LARGEST, `${AMOUNT} to ${LARGEST}`)));

/** null stands for an absent field, since that is how many serializers write one. */
const answerSchema = z.object(
  {
    success: trueOrFalse(),
    output: z.optional(z.custom<JsonValue>()),
    error: z.nullish(z.string("expected a string")),
    retryable: z.nullish(trueOrFalse()),
    cost_usd: amount,
    tokens: amount,
  },
  "expected an object",
);

/** An answer that keeps to the contract, or why it does not. */
export type ParsedAnswer =
  | { readonly ok: true; readonly answer: AgentAnswer }
  | { readonly ok: false; readonly reason: string };

/** Checks the JSON that an agent answered against the contract (SPEC E3); fields that it does not know are left out. */
export const parseAgentAnswer = (value: unknown): ParsedAnswer => {
  if (nestsDeeperThan(value, MAX_ANSWER_LEVELS)) {
    return { ok: false, reason: `expected at most ${MAX_ANSWER_LEVELS} levels` };
  }
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) return { ok: false, reason: explainIssues(parsed.error.issues, value as JsonValue) };
  const { success, output, error, retryable, cost_usd, tokens } = parsed.data;
  const answer = {
    success,
    ...(output !== undefined && { output }),
    ...(typeof error === "string" && { error: errorLine(error) }),
    ...(typeof retryable === "boolean" && { retryable }),
    ...(typeof cost_usd === "number" && { cost_usd }),
    ...(typeof tokens === "number" && { tokens }),
  };
  return { ok: true, answer };
};

/** What an answer means: a failure is permanent unless the agent says that it is retryable (SPEC E3). */
export const classifyAnswer = (answer: AgentAnswer): AgentOutcome => {
  if (answer.success) return { kind: "answered", answer };
  const { error, retryable, cost_usd, tokens } = answer;
  return {
    kind: retryable === true ? "transient" : "permanent",
    error: error === undefined || error === "" ? "the agent reported a failure without an error" : error,
    ...(cost_usd !== undefined && { cost_usd }),
    ...(tokens !== undefined && { tokens }),
  };
};
