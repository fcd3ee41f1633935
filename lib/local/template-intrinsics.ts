import type { JsonValue } from "../domain/json.ts";
import type { Resolve, ResolverContext } from "./template.ts";
import { evaluateCondition } from "./template-conditions.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Resolves one intrinsic function by its name ("Ref", "Fn::Join", …) and its unresolved argument. */
export function resolveIntrinsic(
  name: string,
  argument: JsonValue,
  where: string,
  context: ResolverContext,
  resolve: Resolve,
): unknown {
  switch (name) {
    case "Ref":
      return resolveRef(textOf(argument, where), where, context);
    case "Fn::GetAtt":
      return resolveGetAtt(typeof argument === "string" ? splitAttribute(argument) : argument, where, context);
    case "Fn::Join": {
      const [delimiter, values] = pairOf(argument, name, where);
      return listOf(resolve(values, where), where)
        .map((item) => textOf(item, where))
        .join(textOf(delimiter, where));
    }
    case "Fn::Sub":
      return substitute(argument, where, context, resolve);
    case "Fn::Select": {
      const [index, values] = pairOf(argument, name, where);
      return select(Number(resolve(index, where)), listOf(resolve(values, where), where), where);
    }
    case "Fn::Split": {
      const [delimiter, text] = pairOf(argument, name, where);
      return textOf(resolve(text, where), where).split(textOf(delimiter, where));
    }
    case "Fn::If": {
      const [condition, whenTrue, whenFalse] = listOf(argument, where);
      const holds = evaluateCondition({ Condition: textOf(condition, where) }, context, resolve, where);
      return resolve(holds ? whenTrue : whenFalse, where);
    }
    default:
      throw new UnsupportedLocallyError(`${where}: the embedded cloud does not support ${name}`);
  }
}

function resolveRef(
  name: string,
  where: string,
  { pseudo, parameters, physicalIds }: ResolverContext,
): string | undefined {
  if (name === "AWS::NoValue") return undefined;
  const value = ownValue(pseudo, name) ?? ownValue(parameters, name) ?? ownValue(physicalIds, name)?.ref;
  if (value !== undefined) return value;
  throw new UnsupportedLocallyError(
    `${where}: Ref of "${name}", which is no known resource, parameter or pseudo parameter`,
  );
}

function resolveGetAtt(argument: unknown, where: string, { physicalIds }: ResolverContext): string {
  const [logicalId, attribute] = listOf(argument, where).map((part) => textOf(part, where));
  const resource = ownValue(physicalIds, String(logicalId));
  if (resource === undefined)
    throw new UnsupportedLocallyError(`${where}: Fn::GetAtt of "${logicalId}", which is no known resource`);
  const value = ownValue(resource.attributes, String(attribute));
  if (value !== undefined) return value;
  const known = Object.keys(resource.attributes).join(", ") || "none";
  throw new UnsupportedLocallyError(`${where}: "${logicalId}" has no attribute "${attribute}" (it has: ${known})`);
}

function substitute(argument: JsonValue, where: string, context: ResolverContext, resolve: Resolve): string {
  const [text, variables] = typeof argument === "string" ? [argument, {}] : pairOf(argument, "Fn::Sub", where);
  const own = resolve(variables, where) as Record<string, unknown>;
  return textOf(text, where).replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal !== "") return `\${${name}}`;
    if (Object.hasOwn(own, name)) return textOf(own[name], where);
    if (name.includes(".")) return resolveGetAtt(splitAttribute(name), where, context);
    return textOf(resolveRef(name, where, context), where);
  });
}

function select(index: number, values: readonly unknown[], where: string): unknown {
  if (Number.isInteger(index) && index >= 0 && index < values.length) return values[index];
  throw new UnsupportedLocallyError(`${where}: Fn::Select of element ${index} from a list of ${values.length}`);
}

function splitAttribute(name: string): [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function pairOf(argument: JsonValue, name: string, where: string): readonly [unknown, unknown] {
  const list = listOf(argument, where);
  if (list.length === 2) return [list[0], list[1]];
  throw new UnsupportedLocallyError(`${where}: ${name} takes two arguments, received ${list.length}`);
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new UnsupportedLocallyError(`${where}: expected a list, received ${JSON.stringify(value)}`);
}

function textOf(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new UnsupportedLocallyError(`${where}: expected a text, received ${JSON.stringify(value)}`);
}

function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
