import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { functionNames } from "../../lib/domain/function-environment.ts";
import { type Bundle, buildBundles } from "../../lib/local/bundles.ts";

/** What a cold start may have to read beside the SDK. */
const MAX_BYTES_WITHOUT_SDK = 150_000;

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache");
let outDirectory: string;
let bundles: readonly Bundle[];

beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  outDirectory = await mkdtemp(join(cache, "function-bundles-"));
  bundles = await buildBundles({
    entryPoints: Object.fromEntries(functionNames.map((name) => [name, join(root, "lambdas", `${name}.ts`)])),
    outDirectory,
  });
});

afterAll(() => rm(outDirectory, { recursive: true }));

test("every function of the stack has a bundle", () => {
  expect(bundles.map(({ name }) => name).toSorted()).toEqual(functionNames.toSorted());
});

test.each(functionNames)("the bundle of %s stays small beside the SDK", (name) => {
  const bytes = bundles.find((bundle) => bundle.name === name)?.bytesWithoutSdk;
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES_WITHOUT_SDK);
});
