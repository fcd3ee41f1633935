import { idPattern, LARGEST, MAX_NAME_LENGTH, SMALLEST } from "./field-schemas.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import { predictionFields, type Task } from "./task.ts";

/** What an absent field of a prediction line means (SPEC IN1). */
export const predictionDefaults = { success_rate: 0.85, priority: 50 } as const;

/** Highest priority of a task (SPEC IN1). */
export const MAX_PRIORITY = 100;

const plainFields: ReadonlySet<string> = new Set(predictionFields);

const none: readonly string[] = [];
const unconstrained: Task["constraints"] = {};

const isWithin = (value: JsonValue | undefined, min: number, max: number): value is number =>
  typeof value === "number" && value >= min && value <= max;

const isWhole = (value: JsonValue | undefined, min: number, max: number): value is number =>
  isWithin(value, min, max) && Number.isInteger(value);

const isName = (value: JsonValue): boolean =>
  typeof value === "string" && value.length > 0 && value.length <= MAX_NAME_LENGTH;

/** The names as they stand, where none is there twice; undefined where they are no names. */
const plainNames = (value: JsonValue | undefined): readonly string[] | undefined => {
  if (value === undefined) return none;
  if (!Array.isArray(value)) return undefined;
  const names = value as readonly string[];
  if (names.length === 0) return none;
  return names.every(isName) && (names.length === 1 || new Set(names).size === names.length) ? names : undefined;
};

const isUnconstrained = (value: JsonValue | undefined): boolean =>
  value === undefined ||
  (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);

/**
 * The task of a prediction line that is valid, has no field that the schema does not know, and no constraints: most lines of most files.
 * Undefined for any other, valid or not: about these the schema decides. It says the same of what is taken here, which a test checks.
 */
export const plainTask = (value: JsonObject): Task | undefined => {
  for (const field in value) if (!plainFields.has(field)) return undefined;
  const { success_rate = predictionDefaults.success_rate, priority = predictionDefaults.priority } = value;
  const { task_id, confidence = success_rate, wave, estimated_duration_ms: duration, payload = null } = value;
  if (typeof task_id !== "string" || !idPattern.test(task_id)) return undefined;
  if (!isWithin(success_rate, 0, 1) || !isWithin(confidence, 0, 1)) return undefined;
  if (!isWhole(priority, 0, MAX_PRIORITY) || !isUnconstrained(value["constraints"])) return undefined;
  const capabilities = plainNames(value["capabilities"]);
  const depends_on = plainNames(value["depends_on"]);
  const resources = plainNames(value["resources"]);
  if (capabilities === undefined || depends_on === undefined || resources === undefined) return undefined;
  const task = { task_id, success_rate, confidence, priority, capabilities, depends_on, resources };
  const rest = { constraints: unconstrained, payload };
  if (duration !== undefined && !isWithin(duration, SMALLEST, LARGEST)) return undefined;
  if (wave !== undefined && !isWhole(wave, 1, MAX_WAVE_NUMBER)) return undefined;
  if (wave === undefined && duration !== undefined) return { ...task, estimated_duration_ms: duration, ...rest };
  return {
    ...task,
    ...(wave !== undefined && { wave }),
    ...(duration !== undefined && { estimated_duration_ms: duration }),
    ...rest,
  };
};
