import * as z from "zod/mini";
import { explainIssues } from "./explain-issues.ts";
import { idText, instantText, integerBetween, nameList, numberBetween, positiveNumber } from "./field-schemas.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { MAX_PRIORITY, plainTask, predictionDefaults } from "./plain-prediction.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import { MAX_RETRIES } from "./retry-policy.ts";
import type { Task } from "./task.ts";

/** A task, or why its prediction line is rejected. */
export type ParsedPrediction =
  | { readonly ok: true; readonly task: Task }
  | { readonly ok: false; readonly reason: string };

const constraintsSchema = z.looseObject(
  {
    timeout_seconds: z.exactOptional(positiveNumber()),
    max_retries: z.exactOptional(integerBetween(0, MAX_RETRIES)),
    allowed_agents: z.exactOptional(nameList()),
    denied_agents: z.exactOptional(nameList()),
    not_before: z.exactOptional(instantText()),
  },
  "expected an object",
);

/** A line of `predictions.jsonl` (SPEC IN1). */
export const predictionSchema = z.looseObject({
  task_id: idText(),
  success_rate: z._default(numberBetween(0, 1), predictionDefaults.success_rate),
  confidence: z.exactOptional(numberBetween(0, 1)),
  priority: z._default(integerBetween(0, MAX_PRIORITY), predictionDefaults.priority),
  capabilities: z._default(nameList(), []),
  depends_on: z._default(nameList(), []),
  resources: z._default(nameList(), []),
  wave: z.exactOptional(integerBetween(1, MAX_WAVE_NUMBER)),
  estimated_duration_ms: z.exactOptional(positiveNumber()),
  constraints: z.prefault(constraintsSchema, {}),
  payload: z._default(z.custom<JsonValue>(), null),
});

/**
 * Checks a prediction line and fills in the defaults of SPEC IN1; fields that the schema does not know stay on the task. A plain line
 * need not go through the schema, which takes three times as long.
 */
export const parsePrediction = (value: JsonObject): ParsedPrediction => {
  const plain = plainTask(value);
  return plain === undefined ? checkPrediction(value) : { ok: true, task: plain };
};

/** As {@link parsePrediction}, by the schema alone. */
export const checkPrediction = (value: JsonObject): ParsedPrediction => {
  const checked = predictionSchema.safeParse(value);
  if (!checked.success) return { ok: false, reason: explainIssues(checked.error.issues, value) };
  // Only the schedule pins a task (SPEC IN2): an unknown field of that name is kept nowhere.
  const { pinned_agent_id: _pin, ...task } = checked.data;
  return { ok: true, task: { ...task, confidence: task.confidence ?? task.success_rate } };
};
