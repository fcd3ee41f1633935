import type { JsonObject, JsonValue } from "../domain/json.ts";
import { evaluateCondition } from "./template-conditions.ts";
import { resolveIntrinsic } from "./template-intrinsics.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

interface TemplateResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: JsonObject;
}

/** What a resource is known by once it exists: what `Ref` gives and what `Fn::GetAtt` gives for each attribute. */
export interface PhysicalResource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What the intrinsics of a template are resolved against. */
export interface ResolverContext {
  readonly physicalIds: Readonly<Record<string, PhysicalResource>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly pseudo: Readonly<
    Record<"AWS::Region" | "AWS::AccountId" | "AWS::Partition" | "AWS::StackName" | "AWS::URLSuffix", string>
  >;
  /** The template's Conditions section. */
  readonly conditions?: JsonObject;
}

/** Gives a value of the template with its intrinsics replaced; `where` (a logical id and a path) names it in errors. Undefined is `AWS::NoValue`. */
export type Resolve = (value: unknown, where: string) => unknown;

/** A resource of a template that its conditions let exist. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  /** The resolved Properties; resolved when asked for, so that what nobody asks for may use what is not supported. */
  readonly properties: () => Readonly<Record<string, unknown>>;
}

/** Gives the resources of a template, in its order. */
export function resolveTemplate(template: JsonObject, context: ResolverContext): readonly ResolvedResource[] {
  const conditions = sectionOf<JsonValue>(template, "Conditions");
  const parameters = { ...defaultsOf(template), ...context.parameters };
  const complete = { ...context, parameters, conditions };
  const resolve = createResolver(complete);
  const exists = (condition: string, logicalId: string): boolean =>
    evaluateCondition({ Condition: condition }, complete, resolve, logicalId);
  return Object.entries(sectionOf<TemplateResource>(template, "Resources"))
    .filter(([logicalId, { Condition }]) => Condition === undefined || exists(Condition, logicalId))
    .map(([logicalId, { Type, Properties }]) => ({
      logicalId,
      type: Type,
      properties: () => resolve(Properties ?? {}, logicalId) as Record<string, unknown>,
    }));
}

/**
 * Gives the function that resolves single values.
 * @throws UnsupportedLocallyError for an intrinsic that is not supported and a name that is not known
 */
export function createResolver(context: ResolverContext): Resolve {
  const resolve: Resolve = (value, where) => {
    if (Array.isArray(value)) {
      return value
        .map((item: unknown, index) => resolve(item, `${where}[${index}]`))
        .filter((item) => item !== undefined);
    }
    if (typeof value !== "object" || value === null) return value;
    const name = intrinsicName(value, where);
    if (name !== undefined)
      return resolveIntrinsic(name, (value as JsonObject)[name] as JsonValue, where, context, resolve);
    const entries = Object.entries(value)
      .map(([key, item]: [string, unknown]) => [key, resolve(item, `${where}.${key}`)] as const)
      .filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries);
  };
  return resolve;
}

function intrinsicName(value: object, where: string): string | undefined {
  const keys = Object.keys(value);
  const name = keys.find((key) => key === "Ref" || key.startsWith("Fn::"));
  if (name === undefined || keys.length === 1) return name;
  throw new UnsupportedLocallyError(
    `${where}: ${name} must stand alone, beside it stands ${keys.filter((key) => key !== name).join(", ")}`,
  );
}

function sectionOf<Entry>(template: JsonObject, name: string): Readonly<Record<string, Entry>> {
  return (template[name] ?? {}) as Readonly<Record<string, Entry>>;
}

function defaultsOf(template: JsonObject): Record<string, string> {
  const parameters = sectionOf<{ Default?: string | number }>(template, "Parameters");
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { Default: value }]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}
