import type { Resolve, ResolverContext } from "./template.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Says whether a condition function (`Condition`, `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not`) holds. */
export function evaluateCondition(
  expression: unknown,
  context: ResolverContext,
  resolve: Resolve,
  where: string,
): boolean {
  const [name, argument] = Object.entries(expression ?? {})[0] ?? ["", undefined];
  const all = (): boolean[] =>
    (argument as readonly unknown[]).map((item) => evaluateCondition(item, context, resolve, where));
  switch (name) {
    case "Condition": {
      const named = context.conditions?.[String(argument)];
      if (named === undefined)
        throw new UnsupportedLocallyError(`${where}: the template has no condition "${String(argument)}"`);
      return evaluateCondition(named, context, resolve, `Conditions.${String(argument)}`);
    }
    case "Fn::Equals": {
      const [left, right] = resolve(argument, where) as readonly unknown[];
      return left === right;
    }
    case "Fn::And":
      return all().every(Boolean);
    case "Fn::Or":
      return all().some(Boolean);
    case "Fn::Not":
      return !all().some(Boolean);
    default:
      throw new UnsupportedLocallyError(
        `${where}: the embedded cloud does not support the condition ${JSON.stringify(expression)}`,
      );
  }
}
