import type { Grant } from "./policies.ts";
import type { AskedAction } from "./sdk-actions.ts";

/** Whether a text matches a pattern of IAM, in which `*` stands for any text and `?` for one character. */
const matchesPattern = (pattern: string, text: string): boolean => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su").test(text);
};

/** Whether a grant allows an action on a resource, with these condition keys in the request. */
const allows = (
  { action, resource, condition }: Grant,
  asked: Pick<AskedAction, "action" | "resource" | "context">,
): boolean => {
  if (!matchesPattern(action.toLowerCase(), asked.action.toLowerCase())) return false;
  if (!matchesPattern(resource, asked.resource)) return false;
  if (condition === undefined) return true;
  const value = asked.context[condition.key];
  return value === undefined ? condition.ifExists : matchesPattern(condition.pattern, value);
};

/** What calls and grants differ in, in words. */
interface Difference {
  /** Calls that nothing allows, a line for each action. */
  readonly denied: readonly string[];
  /** Grants that no call needed, or that name no single action. */
  readonly unused: readonly Grant[];
}

const describeCall = ({ action, resource, context }: AskedAction): string =>
  [action, resource, ...Object.entries(context).map(([key, value]) => `${key}=${value}`)].join(" ");

/** The first call of each action, and how many there are like it: a run makes hundreds of the same kind. */
const describeCalls = (calls: readonly AskedAction[]): readonly string[] =>
  [...Map.groupBy(calls, ({ action }) => action).values()].map(([first, ...more]) => {
    const shown = first === undefined ? "" : describeCall(first);
    return more.length === 0 ? shown : `${shown}, and ${more.length} more`;
  });

/** Compares what was called with what is granted, both ways. */
export const compareGrants = (grants: readonly Grant[], calls: readonly AskedAction[]): Difference => {
  const isAllowed = (call: AskedAction): boolean =>
    grants.some((grant) => allows(grant, call)) &&
    (call.contextUnsure !== true || grants.some((grant) => allows(grant, { ...call, context: {} })));
  return {
    denied: describeCalls(calls.filter((call) => !isAllowed(call))),
    unused: grants.filter((grant) => grant.action.includes("*") || !calls.some((call) => allows(grant, call))),
  };
};

/** A grant in words. */
export const describeGrant = ({ action, resource, condition }: Grant): string =>
  [action, resource, ...(condition ? [`${condition.key} like ${condition.pattern}`] : [])].join(" ");
