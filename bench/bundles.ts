import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { functionNames } from "../lib/domain/function-environment.ts";
import { buildBundles } from "../lib/local/bundles.ts";
import { type Figures, median as medianOf } from "./benchmark.ts";

const SAMPLES = 7;

/** What handlers read when they are imported; nothing is called. */
const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  BUCKET_NAME: "bench",
  TABLE_NAME: "bench",
  STAGE: "bench",
  EMPTY_FLEET: "refuse",
  STATE_MACHINE_ARN: "arn:aws:states:us-east-1:000000000000:stateMachine:bench",
  PHASE_16_QUEUE_URL: "http://127.0.0.1/16",
  PHASE_18_QUEUE_URL: "http://127.0.0.1/18",
  PHASE_20_QUEUE_URL: "http://127.0.0.1/20",
};

const measureImport = `
const startedAt = performance.now();
await import(process.argv[1]);
process.stdout.write(String(performance.now() - startedAt), () => process.exit());`;

/** No compiled code is kept, because Lambda keeps none. */
const importOnce = async (file: string): Promise<number> => {
  const args = ["--input-type=module", "--eval", measureImport, pathToFileURL(file).href];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  return Number(stdout);
};

const medianImport = async (file: string): Promise<number> => {
  // The first one brings the file into the page cache.
  await importOnce(file);
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) times.push(await importOnce(file));
  return medianOf(times);
};

/**
 * Builds the bundle of every function and imports each of them {@link SAMPLES} times, each time in a process of its own: its bytes, those
 * that are left without the AWS SDK and what only the SDK needs, and the median of the imports.
 */
export const benchBundles = async (): Promise<Figures> => {
  const root = join(import.meta.dirname, "..");
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const outDirectory = await mkdtemp(join(cache, "bench-bundles-"));
  try {
    const bundles = await buildBundles({
      entryPoints: Object.fromEntries(functionNames.map((name) => [name, join(root, "lambdas", `${name}.ts`)])),
      outDirectory,
    });
    const figures: Record<string, number> = {};
    const imports: number[] = [];
    for (const { name, bytes, bytesWithoutSdk } of bundles) {
      const median = await medianImport(join(outDirectory, name, "index.mjs"));
      imports.push(median);
      figures[`${name}_bytes`] = bytes;
      figures[`${name}_bytes_without_sdk`] = bytesWithoutSdk;
      figures[`${name}_cold_import_ms`] = median;
    }
    return {
      slowest_cold_import_ms: Math.max(...imports),
      largest_bytes_without_sdk: Math.max(...bundles.map(({ bytesWithoutSdk }) => bytesWithoutSdk)),
      ...figures,
    };
  } finally {
    await rm(outDirectory, { recursive: true });
  }
};
