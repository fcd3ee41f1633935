import type { JsonValue } from "../../domain/json.ts";
import type { Scope } from "./expressions.ts";

/** The path meets an array: JSONata then maps over it, which the getter does not. */
export const meetsArray = Symbol("the path meets an array");

const plainPath = /^\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/**
 * Compiles an expression that only walks down fields, such as `$states.input.a`, into a getter that costs a hundredth of a
 * JSONata evaluation. The getter answers undefined where a field is missing.
 */
export const compileFieldPath = (
  text: string,
): ((scope: Scope) => JsonValue | undefined | typeof meetsArray) | undefined => {
  if (!plainPath.test(text)) return undefined;
  const [root = "", ...fields] = text.slice(1).split(".");
  return (scope) => {
    const { states, variables } = scope;
    let value: unknown = root === "states" ? states : Object.hasOwn(variables, root) ? variables[root] : undefined;
    for (const field of fields) {
      if (typeof value !== "object" || value === null) return undefined;
      if (Array.isArray(value)) return meetsArray;
      value = Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
    }
    return value as JsonValue | undefined;
  };
};
