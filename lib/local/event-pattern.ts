import { UnsupportedLocallyError } from "./unsupported-error.ts";

type Matcher = (value: unknown) => boolean;

const unsupported = "operator is not supported by the embedded cloud";

const textOperators: ReadonlyMap<string, (text: string) => (value: string) => boolean> = new Map([
  ["prefix", (text: string) => (value: string) => value.startsWith(text)],
  ["suffix", (text: string) => (value: string) => value.endsWith(text)],
  ["wildcard", compileWildcard],
]);

/**
 * Gives the function that tells whether an event matches an EventBridge pattern: every field named must match one of its listed
 * values, or, where the event holds an array, one of its elements must.
 * @throws UnsupportedLocallyError for an operator that the embedded cloud does not have
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  return compileObject(pattern, "pattern");
}

function compileObject(pattern: unknown, where: string): Matcher {
  if (!isObject(pattern)) return refuse(where, "expected an object", pattern);
  const fields = Object.entries(pattern).map(([name, expected]) => {
    const path = `${where}.${name}`;
    if (name.startsWith("$")) return refuse(path, unsupported, expected);
    const matches = Array.isArray(expected)
      ? compileAlternatives(expected, path)
      : anyElement(compileObject(expected, path));
    return { name, matches };
  });
  return (event) => isObject(event) && fields.every(({ name, matches }) => matches(ownField(event, name)));
}

function compileAlternatives(alternatives: readonly unknown[], where: string): Matcher {
  if (alternatives.length === 0) return refuse(where, "expected at least one value", alternatives);
  const matchers = alternatives.map((alternative) => compileAlternative(alternative, where));
  return (value) => matchers.some((matches) => matches(value));
}

function compileAlternative(alternative: unknown, where: string): Matcher {
  if (!isObject(alternative)) return anyElement((value) => value === alternative);
  const [[operator, operand] = ["", undefined], ...others] = Object.entries(alternative);
  if (others.length > 0) return refuse(where, "expected exactly one operator", alternative);
  if (operator === "exists" && typeof operand === "boolean") return (value) => (value !== undefined) === operand;
  if (operator === "anything-but") return anyElement(compileAnythingBut(operand, where));
  return anyElement(compileTextOperator(operator, operand, where));
}

function compileAnythingBut(operand: unknown, where: string): Matcher {
  if (isObject(operand)) {
    const [[operator, text] = ["", undefined], ...others] = Object.entries(operand);
    if (others.length > 0) return refuse(`${where}.anything-but`, "expected exactly one operator", operand);
    const matches = compileTextOperator(operator, text, `${where}.anything-but`);
    return (value) => value !== undefined && !matches(value);
  }
  const excluded = Array.isArray(operand) ? (operand as readonly unknown[]) : [operand];
  if (excluded.some(isObject)) return refuse(`${where}.anything-but`, "expected plain values", operand);
  return (value) => value !== undefined && !excluded.includes(value);
}

function compileTextOperator(operator: string, operand: unknown, where: string): Matcher {
  const compile = textOperators.get(operator);
  if (compile === undefined) return refuse(where, unsupported, { [operator]: operand });
  if (typeof operand !== "string") return refuse(`${where}.${operator}`, "expected a text", operand);
  const matches = compile(operand);
  return (value) => typeof value === "string" && matches(value);
}

/** `*` stands for any text; a backslash makes the character after it plain. */
function compileWildcard(wildcard: string): (value: string) => boolean {
  const source = wildcard.replaceAll(/\\(.)|(\*)|([^\\*])/gs, (_, escaped?: string, star?: string, plain?: string) =>
    star === undefined ? escapeExpression(escaped ?? plain ?? "") : ".*",
  );
  const expression = new RegExp(`^${source}$`, "s");
  return (value) => expression.test(value);
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

function anyElement(matches: Matcher): Matcher {
  return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
}

function ownField(event: object, name: string): unknown {
  return Object.hasOwn(event, name) ? (event as Record<string, unknown>)[name] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(where: string, problem: string, received: unknown): never {
  throw new UnsupportedLocallyError(`${where}: ${problem}, received ${JSON.stringify(received)}`);
}
