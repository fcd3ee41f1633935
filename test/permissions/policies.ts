import type { JsonObject } from "../../lib/domain/json.ts";
import { ACCOUNT, identifyResources, REGION } from "../../lib/local/physical-resources.ts";
import { type ResolvedResource, resolveTemplate } from "../../lib/local/template.ts";

/** A pattern that one key of the request must match. */
interface Condition {
  readonly key: string;
  readonly pattern: string;
  /** Whether a request without the key passes. */
  readonly ifExists: boolean;
}

/** One action on one pattern of resources: a statement of a policy is taken apart into all that it allows. */
export interface Grant {
  readonly action: string;
  /** ARN, may hold wildcards. */
  readonly resource: string;
  readonly condition?: Condition;
}

/** What a role may do. */
interface RoleGrants {
  readonly grants: readonly Grant[];
  /** Names of AWS's own policies. */
  readonly managedPolicies: readonly string[];
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Document {
  readonly Statement: readonly Statement[];
}

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

/** Parameters that let everything exist that a template's conditions may leave out. */
const parameters = { RunSchedule: "rate(1 hour)", StandingPredictionsKey: "standing/nightly/predictions.jsonl" };

/** The resources of a template under the names that they have on the embedded cloud. */
export const resolveResources = (template: JsonObject): readonly ResolvedResource[] =>
  resolveTemplate(template, {
    physicalIds: identifyResources(template, { sqsEndpoint: "http://127.0.0.1" }),
    parameters,
    pseudo: {
      "AWS::Region": REGION,
      "AWS::AccountId": ACCOUNT,
      "AWS::Partition": "aws",
      "AWS::StackName": "Phase21-embedded",
      "AWS::URLSuffix": "amazonaws.com",
    },
  });

/** Where several patterns are given, one of them must match; so each makes a grant of its own. */
const conditionsOf = ({ Condition = {} }: Statement): readonly (Condition | undefined)[] => {
  const [first, ...more] = Object.entries(Condition);
  if (first === undefined) return [undefined];
  const [operator, keys] = first;
  const [named, ...others] = Object.entries(keys);
  const known = /^(?:StringLike|StringEquals)(IfExists)?$/u.exec(operator);
  if (named === undefined || more.length + others.length > 0 || known === null) {
    throw new Error(`expected a condition on the text of one key, received ${JSON.stringify(Condition)}`);
  }
  const [key, patterns] = named;
  return listOf(patterns).map((pattern) => ({ key, pattern, ifExists: known[1] !== undefined }));
};

const grantsOf = (statement: Statement): readonly Grant[] => {
  const { Effect, Action, Resource } = statement;
  if (Effect !== "Allow" || Action === undefined || Resource === undefined) {
    throw new Error(`expected a statement that allows actions on resources, received ${JSON.stringify(statement)}`);
  }
  return listOf(Action).flatMap((action) =>
    listOf(Resource).flatMap((resource) =>
      conditionsOf(statement).map((condition) => ({ action, resource, ...(condition && { condition }) })),
    ),
  );
};

const documentGrants = (document: unknown): readonly Grant[] => (document as Document).Statement.flatMap(grantsOf);

const inlineGrants = (properties: Readonly<Record<string, unknown>>): readonly Grant[] =>
  ((properties["Policies"] ?? []) as readonly { readonly PolicyDocument: unknown }[]).flatMap(({ PolicyDocument }) =>
    documentGrants(PolicyDocument),
  );

/** What each role of a template may do, by its logical id. */
export const readRoles = (resources: readonly ResolvedResource[]): ReadonlyMap<string, RoleGrants> => {
  const policies = resources
    .filter(({ type }) => type === "AWS::IAM::Policy" || type === "AWS::IAM::ManagedPolicy")
    .map(({ properties }) => properties());
  const roles = resources.filter(({ type }) => type === "AWS::IAM::Role");
  return new Map(
    roles.map(({ logicalId, properties }) => {
      const own = policies.filter(({ Roles }) => ((Roles ?? []) as readonly string[]).includes(logicalId));
      const grants = [
        ...inlineGrants(properties()),
        ...own.flatMap((policy) => documentGrants(policy["PolicyDocument"])),
      ];
      const managed = (properties()["ManagedPolicyArns"] ?? []) as readonly string[];
      return [logicalId, { grants, managedPolicies: managed.map((arn) => arn.slice(arn.lastIndexOf("/") + 1)) }];
    }),
  );
};

/** Logical id of the role that a resource's property names. */
export const roleId = (arn: unknown): string => String(arn).slice(String(arn).lastIndexOf(":") + 1);
