import { basename, dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";

/** A function's bundle. */
export interface Bundle {
  readonly name: string;
  readonly bytes: number;
  /** The bytes that are left without the AWS SDK and what only the SDK needs. */
  readonly bytesWithoutSdk: number;
}

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const requireBanner =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

/** What stands in the bundles for a package of the SDK. */
const alias = { "@aws-sdk/credential-provider-node": join(import.meta.dirname, "../aws/lambda-credentials.ts") };

const sdkPackage = /(^|\/)node_modules\/@(aws-sdk|smithy|aws-crypto|aws)\//;

/** Builds each function into `<outDirectory>/<name>/index.mjs`, all by one call of esbuild; the same sources give the same bytes. */
export async function buildBundles(options: {
  readonly entryPoints: Readonly<Record<string, string>>;
  readonly outDirectory: string;
}): Promise<readonly Bundle[]> {
  const entryPoints = Object.entries(options.entryPoints).map(([name, path]) => ({ in: path, out: `${name}/index` }));
  const { metafile } = await build({
    entryPoints,
    outdir: options.outDirectory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    alias,
    minify: true,
    keepNames: true,
    legalComments: "none",
    banner: { js: requireBanner },
    metafile: true,
    logLevel: "silent",
  });
  return Object.entries(metafile.outputs).map(([path, output]) => ({
    name: basename(dirname(path)),
    bytes: output.bytes,
    bytesWithoutSdk: bytesWithoutSdk(output, metafile.inputs),
  }));
}

/** Builds the code of a worker thread into one JavaScript file: a thread that reads TypeScript loads a compiler first. */
export async function buildWorker(entryPoint: string, outFile: string): Promise<void> {
  const options = { bundle: true, format: "esm", platform: "node", target: "node24" } as const;
  await build({ ...options, entryPoints: [entryPoint], outfile: outFile, packages: "external", logLevel: "silent" });
}

/** Adds up what the entry point reaches without passing through the SDK. */
function bytesWithoutSdk(output: Metafile["outputs"][string], inputs: Metafile["inputs"]): number {
  const reached = new Set(output.entryPoint === undefined ? [] : [output.entryPoint]);
  let bytes = 0;
  for (const path of reached) {
    bytes += output.inputs[path]?.bytesInOutput ?? 0;
    const imported = inputs[path]?.imports ?? [];
    for (const { path: next, external } of imported) {
      if (external !== true && !sdkPackage.test(next)) reached.add(next);
    }
  }
  return bytes;
}
