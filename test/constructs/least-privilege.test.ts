import { beforeAll, describe, expect, test } from "vitest";

import { type Resource, synthesize, type SynthesizedStack } from "./synthesized-stack.ts";

let stack: SynthesizedStack;

beforeAll(() => {
  stack = synthesize({ stage: "prod" });
}, 60_000);

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
}

const listOf = <Value>(value: Value | readonly Value[]): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [value as Value];

const documentOf = ({ Properties }: Resource): readonly Statement[] =>
  (Properties["PolicyDocument"] as { Statement: readonly Statement[] }).Statement;

const granted = () =>
  stack
    .ofType("AWS::IAM::Policy")
    .flatMap(([id, policy]) =>
      documentOf(policy).flatMap((statement) =>
        listOf(statement.Action).flatMap((action) =>
          listOf(statement.Resource).map((resource) => ({ id, action, resource: JSON.stringify(resource) })),
        ),
      ),
    );

/** Actions that AWS knows no resources for: logs of a state machine are set up by these, and traces are sent by them. */
const withoutResources =
  /^(?:xray:(?:Put|Get)|logs:(?:Create|Get|Update|Delete|List)LogDeliver|logs:(?:PutResourcePolicy|Describe))/u;

/** Patterns that stand for what is not known when the stack is deployed, each with what it is that they stand for. */
const explained = [
  ["runs/*", "ids of runs"],
  ["inbox/*", "names that users give their uploads"],
  ["standing/*", "names that users give their standing predictions"],
  ["function:phase21-agent-*", "agents of the users"],
  ["function:phase21-gate-*", "Phase 13 gates of the users"],
  ["secret:phase21/*", "secrets of the agents"],
  ["execution:", "children of a Map Run, which Step Functions names"],
] as const;

describe("a role", () => {
  test("belongs to one function, or to the state machine, or to what calls a function", () => {
    const roles = stack.ofType("AWS::IAM::Role").map(([id]) => id);
    const users = ["AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"].flatMap((type) =>
      stack.ofType(type).map(([, { Properties }]) => JSON.stringify(Properties["Role"] ?? Properties["RoleArn"])),
    );
    const shared = roles.filter((role) => users.filter((user) => user.includes(`"${role}"`)).length > 1);
    expect(shared).toEqual([]);
    expect(new Set(users).size).toBe(users.length);
  });

  test("has none of AWS's own policies, which grant what they like", () => {
    const managed = stack.ofType("AWS::IAM::Role").map(([, { Properties }]) => Properties["ManagedPolicyArns"]);
    expect(managed.filter((arns) => arns !== undefined)).toEqual([]);
  });

  test("names every action that it may call", () => {
    expect(granted().filter(({ action }) => action.includes("*"))).toEqual([]);
  });

  test("reaches everything only by actions that know no resources", () => {
    const open = granted().filter(({ resource }) => resource === '"*"');
    expect(open).not.toEqual([]);
    expect(open.filter(({ action }) => !withoutResources.test(action))).toEqual([]);
  });

  test("has no pattern of resources that is not explained", () => {
    const patterns = granted().filter(({ resource }) => resource !== '"*"' && resource.includes("*"));
    const unexplained = patterns.filter(({ resource }) => !explained.some(([pattern]) => resource.includes(pattern)));
    expect(unexplained).toEqual([]);
    const unused = explained.filter(([pattern]) => !patterns.some(({ resource }) => resource.includes(pattern)));
    expect(unused).toEqual([]);
  });
});

test("no function can be called from another account, and by a service only for a rule of this stack", () => {
  for (const [, { Properties }] of stack.ofType("AWS::Lambda::Permission")) {
    expect(Properties).toMatchObject({ Principal: "events.amazonaws.com", SourceArn: expect.anything() as unknown });
  }
});
