import type * as z from "zod/mini";
import type { JsonValue } from "./json.ts";

/** Longer values are cut, so that a reason stays readable. */
const MAX_SHOWN_CHARACTERS = 80;

/** One bad line may break a schema thousands of times; the first few tell what is wrong. */
const MAX_EXPLAINED = 10;

/** A received value as a message shows it: its JSON up to 80 characters; `nothing` for undefined. */
export const showValue = (value: JsonValue | undefined): string => {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  if (text.length <= MAX_SHOWN_CHARACTERS) return text;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `${text.slice(0, MAX_SHOWN_CHARACTERS - 1).toWellFormed()}…`;
};

/** `agents[2].endpoint.url` */
const showPath = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");

const valueAt = (input: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], input) as JsonValue | undefined;

const explainIssue = (issue: z.core.$ZodIssue, input: JsonValue): string => {
  const place = showPath(issue.path);
  const label = place === "" ? "" : `${place}: `;
  // The message about unknown keys names them already.
  if (issue.code === "unrecognized_keys") return `${label}${issue.message}`;
  return `${label}${issue.message}, received ${showValue(valueAt(input, issue.path))}`;
};

/**
 * One line that names every field of `input` that breaks its schema, what was expected and what was received. The schema's
 * messages say `expected …`, as those of `field-schemas.ts` do.
 */
export const explainIssues = (issues: readonly z.core.$ZodIssue[], input: JsonValue): string => {
  // A field may break several rules that share a message.
  const reasons = [...new Set(issues.map((issue) => explainIssue(issue, input)))];
  const more = reasons.length - MAX_EXPLAINED;
  const shown = reasons.slice(0, MAX_EXPLAINED).join("; ");
  return more > 0 ? `${shown}; and ${more} more` : shown;
};
