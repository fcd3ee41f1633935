/**
 * CDK entry: bundles the functions and synthesizes the stack of a stage, `--context stage=prod`; the CDK CLI, too, calls it. `CDK_OUTDIR`
 * names the folder of the cloud assembly; `CDK_VALIDATION=false` leaves out the checks, which take seconds.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

import { App, Validations } from "aws-cdk-lib";

import { featureFlags } from "../lib/constructs/feature-flags.ts";
import { Phase21Stack } from "../lib/constructs/phase21-stack.ts";
import { readStageName } from "../lib/constructs/stages.ts";
import { functionNames } from "../lib/domain/function-environment.ts";
import { buildBundles } from "../lib/local/bundles.ts";

const root = join(import.meta.dirname, "..");
const outDirectory = process.env["CDK_OUTDIR"] ?? join(root, "cdk.out");
const bundleDirectory = join(outDirectory, "bundles");

await buildBundles({
  entryPoints: Object.fromEntries(functionNames.map((name) => [name, join(root, "lambdas", `${name}.ts`)])),
  outDirectory: bundleDirectory,
});

const { values } = parseArgs({ options: { context: { type: "string", short: "c", multiple: true, default: [] } } });

const app = new App({
  outdir: outDirectory,
  analyticsReporting: false,
  postCliContext: {
    ...featureFlags,
    ...Object.fromEntries(values.context.map((pair) => pair.split(/=(.*)/su, 2))),
  },
});
if (process.env["CDK_VALIDATION"] !== "false") {
  const { AwsSolutionsChecks } = await import("cdk-nag");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
const stage = readStageName(app.node.tryGetContext("stage") ?? "dev");
const alarmEmail: unknown = app.node.tryGetContext("alarmEmail");
new Phase21Stack(app, `Phase21-${stage}`, {
  stage,
  bundleDirectory,
  ...(typeof alarmEmail === "string" && { alarmEmail }),
});
app.synth();
