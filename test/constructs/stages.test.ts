import { beforeAll, describe, expect, test } from "vitest";

import { readStageName, type StageName, stages } from "../../lib/constructs/stages.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";
import type { JsonObject } from "../../lib/domain/json.ts";
import { definitionOf, type Resource, synthesize, type SynthesizedStack } from "./synthesized-stack.ts";

const names = Object.keys(stages) as StageName[];
const stacks = {} as Record<StageName, SynthesizedStack>;

beforeAll(() => {
  for (const name of names) stacks[name] = synthesize({ stage: name });
}, 60_000);

const resources = (stage: StageName, type: string): readonly Resource[] =>
  stacks[stage].ofType(type).map(([, resource]) => resource);

const functionOf = (stage: StageName, name: string): Resource => {
  const found = resources(stage, "AWS::Lambda::Function").find(
    ({ Properties }) => Properties["Description"] === `Phase 21 ${name}`,
  );
  if (found === undefined) throw new Error(`expected the function ${name}`);
  return found;
};

/** The Maps of the state machine's definition, inner ones included, by name. */
const mapsOf = (stage: StageName): Readonly<Record<string, JsonObject>> => {
  const collect = (machine: JsonObject): [string, JsonObject][] =>
    Object.entries(machine["States"] as Readonly<Record<string, JsonObject>>).flatMap(([name, state]) =>
      state["ItemProcessor"] === undefined ? [] : [[name, state], ...collect(state["ItemProcessor"] as JsonObject)],
    );
  return Object.fromEntries(collect(definitionOf(stacks[stage])));
};

const kept = ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"];

describe("a stage", () => {
  test.each(["staging", "", undefined, "constructor"])("is one that there is, not %j", (name) => {
    expect(() => readStageName(name)).toThrow(/^context stage: expected dev or prod, received/u);
  });

  test.each(names)("is known by its name: %s", (name) => {
    expect(readStageName(name)).toBe(name);
  });

  test.each(names)(
    "%s keeps as many executors free as a dispatch can have at a time, unless a run asks for more, and never has more",
    (name) => {
      const reserved = functionOf(name, "execute-task").Properties["ReservedConcurrentExecutions"];
      const { DispatchTasks: dispatch, ExecuteTasks: tasks } = mapsOf(name);
      const children = parseRunConfig(undefined).dispatch_concurrency;
      expect(children * Number(tasks?.["MaxConcurrency"])).toBe(reserved);
      expect(dispatch).toMatchObject({ ItemBatcher: { MaxItemsPerBatch: tasks?.["MaxConcurrency"] } });
      // An account's 1,000 must leave 100 to functions that reserve none.
      expect(reserved).toBeLessThanOrEqual(900);
    },
  );

  test.each(names)("%s keeps logs as long as it says", (name) => {
    for (const { Properties } of resources(name, "AWS::Logs::LogGroup")) {
      expect(Properties["RetentionInDays"]).toBe(stages[name].logRetention);
    }
  });

  test.each(names)("%s traces every function and the state machine, and logs from the level that it says", (name) => {
    for (const { Properties } of resources(name, "AWS::Lambda::Function")) {
      // What runs for every task is traced where its run is, and Lambda itself logs of it only what went wrong.
      const isPerTask = String(Properties["Description"]).includes("execute-task");
      expect(Properties).toMatchObject({
        TracingConfig: { Mode: isPerTask ? "PassThrough" : "Active" },
        LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: stages[name].logLevel },
      });
      expect((Properties["LoggingConfig"] as { SystemLogLevel?: string }).SystemLogLevel).toBe(
        isPerTask ? "WARN" : undefined,
      );
    }
    expect(resources(name, "AWS::StepFunctions::StateMachine")).toMatchObject([
      { Properties: { TracingConfiguration: { Enabled: true } } },
    ]);
  });
});

test.each(kept)("of prod, what an %s holds outlives the stack", (type) => {
  expect(resources("prod", type)).not.toEqual([]);
  for (const resource of resources("prod", type)) {
    expect(resource).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  }
});

test.each(kept)("of dev, an %s goes with the stack", (type) => {
  for (const resource of resources("dev", type)) expect(resource).toMatchObject({ DeletionPolicy: "Delete" });
});

test("the table of prod cannot be deleted by mistake", () => {
  expect(resources("prod", "AWS::DynamoDB::Table")).toMatchObject([
    { Properties: { DeletionProtectionEnabled: true } },
  ]);
});

test("a run of prod whose fleet has no agents is refused, one of dev gets simulated ones", () => {
  const emptyFleet = (stage: StageName) =>
    (functionOf(stage, "plan-waves").Properties["Environment"] as { Variables: Record<string, string> }).Variables[
      "EMPTY_FLEET"
    ];
  expect([emptyFleet("prod"), emptyFleet("dev")]).toEqual(["refuse", "simulate"]);
});
