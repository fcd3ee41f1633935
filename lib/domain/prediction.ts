import * as z from "zod";
import { explainIssues } from "./explain-issues.ts";
import { idText, instantText, integerBetween, nameList, numberBetween, positiveNumber } from "./field-schemas.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import { MAX_RETRIES } from "./retry-policy.ts";
import type { Task } from "./task.ts";

/** A task, or why its prediction line is rejected. */
export type ParsedPrediction =
  | { readonly ok: true; readonly task: Task }
  | { readonly ok: false; readonly reason: string };

const constraintsSchema = z.looseObject(
  {
    timeout_seconds: positiveNumber().exactOptional(),
    max_retries: integerBetween(0, MAX_RETRIES).exactOptional(),
    allowed_agents: nameList().exactOptional(),
    denied_agents: nameList().exactOptional(),
    not_before: instantText().exactOptional(),
  },
  "expected an object",
);

/** A line of `predictions.jsonl` (SPEC IN1). */
export const predictionSchema = z.looseObject({
  task_id: idText(),
  success_rate: numberBetween(0, 1).default(0.85),
  confidence: numberBetween(0, 1).exactOptional(),
  priority: integerBetween(0, 100).default(50),
  capabilities: nameList().default([]),
  depends_on: nameList().default([]),
  resources: nameList().default([]),
  wave: integerBetween(1, MAX_WAVE_NUMBER).exactOptional(),
  estimated_duration_ms: positiveNumber().exactOptional(),
  constraints: constraintsSchema.prefault({}),
  payload: z.custom<JsonValue>().default(null),
});

/** Checks a prediction line and fills in the defaults of SPEC IN1; fields that the schema does not know stay on the task. */
export const parsePrediction = (value: JsonObject): ParsedPrediction => {
  const checked = predictionSchema.safeParse(value);
  if (!checked.success) return { ok: false, reason: explainIssues(checked.error.issues, value) };
  // On a task `agent_id` is the pin, which only the schedule sets (SPEC IN2): an unknown field of that name is kept nowhere.
  const { agent_id: _pin, ...task } = checked.data;
  return { ok: true, task: { ...task, confidence: task.confidence ?? task.success_rate } };
};
