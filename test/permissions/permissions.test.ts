import { beforeAll, describe, expect, test } from "vitest";

import { type FunctionName, functionNames } from "../../lib/domain/function-environment.ts";
import { loadAssembly } from "../../lib/local/assembly.ts";
import type { ResolvedResource } from "../../lib/local/template.ts";
import { compareGrants, describeGrant } from "./compare-grants.ts";
import { type Grant, readRoles, resolveResources, roleId } from "./policies.ts";
import { type Recorder, STATE_MACHINE } from "./record-calls.ts";
import { recordScenarios } from "./scenarios.ts";
import type { AskedAction } from "./sdk-actions.ts";
import { type Caller, explains, uncalledActions } from "./uncalled-grants.ts";

/** A role, who has it, and what was called in its name. */
interface Holder {
  readonly caller: Caller;
  readonly role: string;
  readonly calls: readonly AskedAction[];
}

interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly DeadLetterConfig: { readonly Arn: string };
}

const callers: readonly Caller[] = [...functionNames, "state machine", "schedule"];

let recorder: Recorder;
let roles: ReturnType<typeof readRoles>;
let holders: readonly Holder[];

const invocation = (resource: string): AskedAction => ({ action: "lambda:InvokeFunction", resource, context: {} });

/** The functions by name: their logical ids begin as the constructs are named. */
const byName = (functions: readonly ResolvedResource[]): Readonly<Record<FunctionName, ResolvedResource>> => {
  const find = (name: FunctionName): ResolvedResource => {
    const found = functions.find(({ logicalId }) => logicalId.toLowerCase().startsWith(name.replaceAll("-", "")));
    if (found === undefined) throw new Error(`function ${name}: expected it in the template, received none`);
    return found;
  };
  return Object.fromEntries(functionNames.map((name) => [name, find(name)])) as Record<FunctionName, ResolvedResource>;
};

const functionHolder = ({ logicalId, properties }: ResolvedResource, caller: FunctionName): Holder => ({
  caller,
  role: roleId(properties()["Role"]),
  calls: recorder.calls().filter((call) => call.caller === logicalId),
});

/** A state machine calls functions inside the embedded cloud, where nothing stands between; those that it names are its calls. */
const machineHolder = (machine: ResolvedResource, functions: readonly ResolvedResource[]): Holder => {
  const { RoleArn, DefinitionString } = machine.properties();
  const arns = functions
    .filter(({ logicalId }) => recorder.invoked.has(logicalId))
    .map(({ logicalId }) => arnOf(logicalId))
    .filter((arn) => String(DefinitionString).includes(arn));
  return {
    caller: "state machine",
    role: roleId(RoleArn),
    calls: [...recorder.calls().filter(({ caller }) => caller === STATE_MACHINE), ...arns.map(invocation)],
  };
};

const arnOf = (functionId: string): string => `arn:aws:lambda:us-east-1:000000000000:function:${functionId}`;

/** What EventBridge Scheduler calls: the target of a schedule, and the queue for what that did not take. */
const targetCalls = (target: ScheduleTarget): readonly AskedAction[] => [
  invocation(target.Arn),
  { action: "sqs:SendMessage", resource: target.DeadLetterConfig.Arn, context: {} },
];

/** Schedules may share a role. */
const scheduleHolders = (schedules: readonly ResolvedResource[]): readonly Holder[] => {
  const targets = schedules.map(({ properties }) => properties()["Target"] as ScheduleTarget);
  return [...Map.groupBy(targets, ({ RoleArn }) => roleId(RoleArn))].map(([role, sharing]) => ({
    caller: "schedule",
    role,
    calls: sharing.flatMap(targetCalls),
  }));
};

const ofType = (resources: readonly ResolvedResource[], type: string): readonly ResolvedResource[] =>
  resources.filter((resource) => resource.type === type);

beforeAll(async () => {
  const assembly = await loadAssembly();
  const resources = resolveResources(assembly.template);
  const functions = ofType(resources, "AWS::Lambda::Function");
  const named = byName(functions);
  roles = readRoles(resources);
  recorder = await recordScenarios(assembly, (name) => named[name].logicalId);
  holders = [
    ...functionNames.map((name) => functionHolder(named[name], name)),
    ...ofType(resources, "AWS::StepFunctions::StateMachine").map((machine) => machineHolder(machine, functions)),
    ...scheduleHolders(ofType(resources, "AWS::Scheduler::Schedule")),
  ];
}, 180_000);

const grantsOf = (role: string): readonly Grant[] => roles.get(role)?.grants ?? [];

/** How the roles of a caller differ from its calls. */
const differences = (caller: Caller) =>
  holders.filter((holder) => holder.caller === caller).map(({ role, calls }) => compareGrants(grantsOf(role), calls));

const unusedGrants = (caller: Caller): readonly Grant[] => differences(caller).flatMap(({ unused }) => unused);

test("every call is one whose IAM action is known", () => {
  expect(recorder.unknown).toEqual([]);
});

test("every function is invoked, and every call is one of theirs or of the state machine", () => {
  expect(recorder.invoked.size).toBe(functionNames.length);
  const strangers = recorder.calls().filter(({ caller }) => caller !== STATE_MACHINE && !recorder.invoked.has(caller));
  expect(strangers).toEqual([]);
});

describe.each(callers)("%s", (caller) => {
  test("may do all that it does", () => {
    expect(differences(caller).flatMap(({ denied }) => denied)).toEqual([]);
  });

  test("may do nothing else", () => {
    const unexplained = unusedGrants(caller).filter(
      (grant) => !uncalledActions.some((uncalled) => explains(uncalled, caller, grant)),
    );
    expect(unexplained.map(describeGrant)).toEqual([]);
  });
});

test("every role belongs to somebody, and holds no policy of AWS's own", () => {
  const owners = new Set(holders.map(({ role }) => role));
  expect([...roles.keys()].filter((role) => !owners.has(role))).toEqual([]);
  expect([...roles.values()].flatMap(({ managedPolicies }) => managedPolicies)).toEqual([]);
});

test("each reason why an action is not called stands for one that is granted and is not called", () => {
  const idle = uncalledActions.flatMap((uncalled) =>
    uncalled.callers.flatMap((caller) =>
      uncalled.actions.filter(
        (action) => !unusedGrants(caller).some((grant) => grant.action === action && explains(uncalled, caller, grant)),
      ),
    ),
  );
  expect(idle).toEqual([]);
});
