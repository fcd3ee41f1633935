import * as z from "zod/mini";
import { explainIssues } from "./explain-issues.ts";
import { idText, instantText, trueOrFalse } from "./field-schemas.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { count, countsBy, fields, listOf, ordinal, share, text } from "./output-fields.ts";
import type { Signal, SignalType, TargetPhase } from "./signal.ts";

/** Signals of one message; `feedback.signals_per_message` stops there too. */
const MAX_SIGNALS = 100;

const EXPECTED_MESSAGE = `expected an array of 1 to ${MAX_SIGNALS} signals`;

const envelope = <Type extends SignalType, Phase extends TargetPhase, Shape extends z.core.$ZodLooseShape>(
  signalType: Type,
  targetPhase: Phase,
  description: string,
  content: Shape,
) =>
  fields({
    signal_id: z
      .string("expected 32 hexadecimal digits")
      .check(
        z.regex(/^[0-9a-f]{32}$/, "expected 32 hexadecimal digits"),
        z.describe("hash of run, wave, task and type: a signal that comes twice has the same id"),
      ),
    signal_type: z.literal(signalType, `expected ${signalType}`),
    target_phase: z.literal(targetPhase, `expected ${targetPhase}`),
    content: fields(content),
    confidence: share().check(z.describe("1 - delta between prediction and outcome; of a whole wave 1 - mean delta")),
    wave: ordinal(),
    run_id: idText(),
    schema_version: z.literal(1, "expected 1"),
    timestamp: instantText(),
  }).check(z.describe(description));

const signalsByType = [
  envelope("agent_performance", 18, "one for each executed task", {
    agent_id: idText().check(z.describe("the agent of the task's last attempt")),
    success: trueOrFalse().check(z.describe("whether the task completed")),
    assigned_tasks: count().check(z.describe("tasks that the agent executed in the wave")),
    completed_tasks: count().check(z.describe("those of them that completed")),
    success_rate: share().check(z.describe("completed_tasks / assigned_tasks")),
  }),
  envelope("prediction_validation", 20, "one for each executed task", {
    task_id: idText(),
    predicted_success: share(),
    actual_success: z.literal([0, 1], "expected 0 or 1"),
    delta: share().check(z.describe("|predicted_success - actual_success|")),
    agent_id: idText().check(z.describe("the agent of the task's last attempt")),
    wave: ordinal(),
  }),
  envelope("multi_agent_coordination", 18, "one for each wave", {
    total_agents: count(),
    load_distribution: countsBy("agent").check(
      z.describe(
        'executed tasks by agent id; of a very large fleet the agents with most tasks, the rest under "(others)"',
      ),
    ),
    synchronization_time: count().check(z.describe("milliseconds between the first and the last agent finishing")),
  }),
  envelope("heuristic_feedback", 16, "one for each wave, where feedback.phase_16 is on", {
    pattern_observations: listOf(text(), "strings"),
    anomalies_detected: listOf(text(), "strings"),
    recommendations: listOf(text(), "strings"),
  }),
] as const;

/** What a run tells a phase that learns (SPEC F1, F2). For readers: the pipeline itself checks no signal, it makes them. */
export const signalSchema = z.discriminatedUnion("signal_type", signalsByType, {
  error: (issue) =>
    issue.code === "invalid_union"
      ? "expected one of agent_performance, prediction_validation, multi_agent_coordination, heuristic_feedback"
      : "expected a signal",
}) satisfies z.ZodMiniType<Signal>;

const sharedFields = ["run_id", "wave", "target_phase"] as const;

const refuseStrangers = (signals: readonly Signal[], context: z.core.$RefinementCtx): void => {
  for (const [index, signal] of signals.entries()) {
    for (const field of sharedFields) {
      const expected = signals[0]?.[field];
      if (signal[field] !== expected) {
        context.addIssue({ code: "custom", path: [index, field], message: `expected ${expected}, as the first has` });
      }
    }
  }
};

/** The body of a message of a phase's queue: signals of one run, wave and phase (SPEC F1). */
export const signalMessageSchema = z
  .array(signalSchema, EXPECTED_MESSAGE)
  .check(z.minLength(1, EXPECTED_MESSAGE), z.maxLength(MAX_SIGNALS, EXPECTED_MESSAGE), z.superRefine(refuseStrangers));

/** The signals of a message, with the fields that the schema does not know, or why it is none in one line. */
type ParsedSignalMessage =
  | { readonly ok: true; readonly signals: readonly JsonObject[] }
  | { readonly ok: false; readonly reason: string };

const parseJson = (body: string): JsonValue | undefined => {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return undefined;
  }
};

/** Checks the body of a message. */
export const parseSignalMessage = (body: string): ParsedSignalMessage => {
  const value = parseJson(body);
  if (value === undefined) return { ok: false, reason: `body: ${EXPECTED_MESSAGE} as JSON, received no JSON` };
  const checked = signalMessageSchema.safeParse(value);
  return checked.success
    ? { ok: true, signals: value as readonly JsonObject[] }
    : { ok: false, reason: explainIssues(checked.error.issues, value) };
};
