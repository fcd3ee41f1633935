import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { App, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";

import { featureFlags } from "../../lib/constructs/feature-flags.ts";
import { Phase21Stack } from "../../lib/constructs/phase21-stack.ts";
import type { StageName } from "../../lib/constructs/stages.ts";
import { functionNames } from "../../lib/domain/function-environment.ts";
import type { JsonObject } from "../../lib/domain/json.ts";
import { identifyResources } from "../../lib/local/physical-resources.ts";
import { createResolver } from "../../lib/local/template.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface SynthesizedStack {
  readonly template: Template;
  /** What CDK's own validation and cdk-nag's AwsSolutions found; empty also where they were not asked for. */
  readonly violations: readonly unknown[];
  /** The resources of a type, by logical id. */
  readonly ofType: (type: string) => readonly (readonly [string, Resource])[];
}

/** Synthesizes the stack as bin/app.ts does, on bundles that hold nothing; `spoil` may change it before. */
export const synthesize = ({
  stage = "dev",
  validated = false,
  spoil = () => {},
}: {
  readonly stage?: StageName;
  readonly validated?: boolean;
  readonly spoil?: (stack: Phase21Stack) => void;
} = {}): SynthesizedStack => {
  const folder = mkdtempSync(join(tmpdir(), "phase21-stack-"));
  for (const name of functionNames) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "index.mjs"), `export const handler = () => ${JSON.stringify(name)};`);
  }
  const app = new App({
    outdir: join(folder, "out"),
    analyticsReporting: false,
    builtinCloudFormationValidation: validated,
    postCliContext: featureFlags,
  });
  if (validated) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new Phase21Stack(app, "Phase21-test", { stage, bundleDirectory: folder });
  spoil(stack);
  const template = Template.fromStack(stack);
  const violations = validated ? readViolations(join(folder, "out", "validation-report.json")) : [];
  rmSync(folder, { recursive: true });
  return {
    template,
    violations,
    ofType: (type) => Object.entries(template.findResources(type)) as [string, Resource][],
  };
};

const readViolations = (path: string): readonly unknown[] => {
  const report = JSON.parse(readFileSync(path, "utf8")) as { pluginReports: { violations?: unknown[] }[] };
  return report.pluginReports.flatMap(({ violations = [] }) => violations);
};

/** The definition of the stack's state machine as deployment would put it together. */
export const definitionOf = ({ template, ofType }: SynthesizedStack): JsonObject => {
  const json = template.toJSON() as JsonObject;
  const resolve = createResolver({
    physicalIds: identifyResources(json, { sqsEndpoint: "https://sqs.us-east-1.amazonaws.com" }),
    parameters: {},
    pseudo: {
      "AWS::Region": "us-east-1",
      "AWS::AccountId": "000000000000",
      "AWS::Partition": "aws",
      "AWS::StackName": "Phase21-test",
      "AWS::URLSuffix": "amazonaws.com",
    },
  });
  const definition = ofType("AWS::StepFunctions::StateMachine")[0]?.[1].Properties["DefinitionString"];
  return JSON.parse(String(resolve(definition, "Run"))) as JsonObject;
};
