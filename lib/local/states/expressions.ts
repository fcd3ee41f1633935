import jsonata from "jsonata";
import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { EvaluationFailure } from "./errors.ts";
import { compileFieldPath, meetsArray } from "./field-path.ts";
import type { IntrinsicFunctions } from "./intrinsic-functions.ts";

/** What expressions see. */
export interface Scope {
  readonly states: {
    readonly input: JsonValue;
    readonly context: JsonObject;
    readonly result?: JsonValue;
    readonly errorOutput?: JsonValue;
  };
  readonly variables: JsonObject;
  readonly functions: IntrinsicFunctions;
}

/** A field's value in a scope; a promise only where JSONata itself has to evaluate. @throws {EvaluationFailure} */
export type Expression<T = JsonValue> = (scope: Scope) => T | Promise<T>;

/** What a result must be, with the name that AWS's message gives it. */
export interface Expected<T extends JsonValue> {
  readonly name: string;
  readonly accepts: (value: JsonValue) => value is T;
}

const delimited = /^\{%([^]*)%\}$/;

const nameType = (value: unknown): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

const refuse = (text: string, location: string, what: string): EvaluationFailure =>
  new EvaluationFailure(location, `The JSONata expression '${text}' specified for the field '${location}' ${what}`);

const isCode = (value: unknown): boolean =>
  typeof value === "function" ||
  (typeof value === "object" && value !== null && ("_jsonata_lambda" in value || "_jsonata_function" in value));

/**
 * JSONata marks the arrays that it makes with properties of its own, and its objects have no prototype. Only these are copied,
 * and only in what JSONata made: nothing of the input is marked, nor holds anything that is.
 */
const withoutMarks = (value: unknown, text: string, location: string): JsonValue => {
  if (isCode(value)) throw refuse(text, location, "returned an unsupported result type.");
  if (typeof value !== "object" || value === null) return value as JsonValue;
  for (const [key, part] of Object.entries(value)) {
    if (typeof part !== "object" && typeof part !== "function") continue;
    const plain = withoutMarks(part, text, location);
    if (plain !== part) (value as Record<string, JsonValue>)[key] = plain;
  }
  if (Array.isArray(value)) return "sequence" in value || "keepSingleton" in value ? Array.from(value) : value;
  return (Object.getPrototypeOf(value) === null ? { ...value } : value) as JsonValue;
};

const quoted = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

const compileJsonata = (text: string, location: string): Expression => {
  if (/\$eval\b/.test(text.replace(quoted, ""))) throw new Error("$eval is not available in Step Functions");
  const compiled = jsonata(text);
  // `x[]` marks the very array that it finds, which may be the input's.
  const mayMark = /\[\s*\]/.test(text);
  return async ({ states, variables, functions }) => {
    const data = mayMark ? structuredClone({ ...variables, states }) : { ...variables, states };
    let result: unknown;
    try {
      result = await compiled.evaluate(undefined, { ...functions, ...data });
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message?: string };
      const reason = code === undefined ? message : `${code}: ${message}`;
      throw refuse(text, location, `threw an error during evaluation. ${reason}`);
    }
    if (result === undefined) throw refuse(text, location, "returned nothing (undefined).");
    return withoutMarks(result, text, location);
  };
};

const compileText = (text: string, location: string): Expression => {
  const evaluate = compileJsonata(text, location);
  const get = compileFieldPath(text);
  if (get === undefined) return evaluate;
  return (scope) => {
    const value = get(scope);
    if (value === undefined) throw refuse(text, location, "returned nothing (undefined).");
    return value === meetsArray ? evaluate(scope) : value;
  };
};

type Part = readonly [key: string, expression: Expression];
type Container = Record<string, JsonValue>;

const fillOnFrom = async (
  made: Container,
  [first, ...rest]: readonly Part[],
  value: Promise<JsonValue>,
  scope: Scope,
) => {
  if (first !== undefined) made[first[0]] = await value;
  for (const [key, expression] of rest) made[key] = await expression(scope);
  return made;
};

const compileParts = (value: JsonObject | readonly JsonValue[], location: string): Expression => {
  const isList = Array.isArray(value);
  const parts = Object.entries(value).map(([key, part]): Part => [
    key,
    compileTemplate(part, isList ? `${location}[${key}]` : `${location}/${key}`),
  ]);
  return (scope) => {
    const made = (isList ? [] : {}) as Container;
    for (let index = 0; index < parts.length; index++) {
      const [key, expression] = parts[index] as Part;
      const part = expression(scope);
      if (part instanceof Promise) return fillOnFrom(made, parts.slice(index), part, scope);
      made[key] = part;
    }
    return made;
  };
};

const holdsExpression = (value: JsonValue): boolean =>
  typeof value === "string"
    ? delimited.test(value)
    : typeof value === "object" && value !== null && Object.values(value).some(holdsExpression);

/**
 * Compiles a field whose strings `{% … %}` are JSONata, at any depth; anything else stands for itself.
 * @throws what JSONata's parser throws
 */
export const compileTemplate = (value: JsonValue, location: string): Expression => {
  if (!holdsExpression(value)) return () => value;
  if (typeof value !== "string") return compileParts(value as JsonObject, location);
  return compileText((delimited.exec(value)?.[1] ?? "").trim(), location);
};

/** Compiles a field that must give a value of one type, else it fails with the message that AWS gives. */
export const compileTyped = <T extends JsonValue>(
  value: string,
  location: string,
  expected: Expected<T>,
): Expression<T> => {
  const expression = compileTemplate(value, location);
  const check = (result: JsonValue): T => {
    if (expected.accepts(result)) return result;
    const was = `but was '${nameType(result)}' for value: ${JSON.stringify(result)}`;
    const text = (delimited.exec(value)?.[1] ?? value).trim();
    throw refuse(text, location, `returned an unexpected result type. Expected '${expected.name}', ${was}`);
  };
  return (scope) => {
    const result = expression(scope);
    return result instanceof Promise ? result.then(check) : check(result);
  };
};
