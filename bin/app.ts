/** CDK entry: bundles the functions and synthesizes the stack. `CDK_OUTDIR` names the folder of the cloud assembly. */
import { join } from "node:path";

import { App } from "aws-cdk-lib";

import { Phase21Stack } from "../lib/constructs/phase21-stack.ts";
import { functionNames } from "../lib/domain/function-environment.ts";
import { buildBundles } from "../lib/local/bundles.ts";

const root = join(import.meta.dirname, "..");
const outDirectory = process.env["CDK_OUTDIR"] ?? join(root, "cdk.out");
const bundleDirectory = join(outDirectory, "bundles");

await buildBundles({
  entryPoints: Object.fromEntries(functionNames.map((name) => [name, join(root, "lambdas", `${name}.ts`)])),
  outDirectory: bundleDirectory,
});

const app = new App({
  outdir: outDirectory,
  analyticsReporting: false,
  // Without the flag CDK drops `resultWriterV2` and says nothing.
  postCliContext: { "@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": true },
});
const stage = String(app.node.tryGetContext("stage") ?? "dev");
new Phase21Stack(app, `Phase21-${stage}`, { stage, bundleDirectory });
app.synth();
