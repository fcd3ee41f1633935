import type * as z from "zod/mini";
import { InvalidInputError } from "./errors.ts";
import { explainIssues } from "./explain-issues.ts";
import { parseJsonObject } from "./json-line.ts";

/**
 * Checks the text of a JSON file that a person wrote.
 * @throws InvalidInputError naming the file, each bad field, what was expected and what was received, in one line
 */
export const parseJsonFile = <Schema extends z.ZodMiniType>(
  text: string,
  file: string,
  schema: Schema,
): z.output<Schema> => {
  const parsed = parseJsonObject(text.replace(/^\uFEFF/, ""));
  if (!parsed.ok) throw new InvalidInputError(`${file}: ${parsed.reason}`);
  const checked = schema.safeParse(parsed.value);
  if (!checked.success) throw new InvalidInputError(`${file}: ${explainIssues(checked.error.issues, parsed.value)}`);
  return checked.data;
};
