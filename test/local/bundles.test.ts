import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, buildBundles } from "../../lib/local/bundles.ts";

const cache = join(import.meta.dirname, "../../node_modules/.cache");
let root: string;

/** Inside node_modules/.cache, so that packages resolve; in a folder of its own, so that these sources count as no package's. */
beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  root = await mkdtemp(join(cache, "bundles-"));
  const sources = {
    "shared.ts": "export const greet = (name: string): string => `hello ${name}`;",
    "plain.ts": `import { greet } from "./shared.ts"; export const handler = () => greet("plain");`,
    "with-sdk.ts": `import { greet } from "./shared.ts"; import { SQSClient } from "@aws-sdk/client-sqs";
      export const handler = () => [greet("sdk"), new SQSClient({ region: "eu-west-1" }).constructor.name];`,
    "with-commonjs.ts": `import { join } from "./commonjs.cjs"; export const handler = () => join("a", "b");`,
    "commonjs.cjs": `const path = require("node:path"); exports.join = path.posix.join;`,
    "named.ts": `class AnError extends Error {} export const handler = () => new AnError().constructor.name;`,
  };
  await Promise.all(Object.entries(sources).map(async ([name, source]) => writeFile(join(root, name), source)));
});

afterAll(async () => rm(root, { recursive: true }));

async function build(outFolder: string, names: readonly string[]): Promise<readonly Bundle[]> {
  const entryPoints = Object.fromEntries(names.map((name) => [name, join(root, `${name}.ts`)]));
  return buildBundles({ entryPoints, outDirectory: join(root, outFolder) });
}

async function resultOf(outFolder: string, name: string): Promise<unknown> {
  const url = pathToFileURL(join(root, outFolder, name, "index.mjs")).href;
  const { handler } = (await import(url)) as { handler: () => unknown };
  return handler();
}

describe("buildBundles", () => {
  const names = ["plain", "with-sdk", "with-commonjs", "named"];
  let bundles: readonly Bundle[];

  beforeAll(async () => {
    bundles = await build("out", names);
  });

  test("builds each function into a folder of its own name", async () => {
    expect(bundles.map(({ name }) => name)).toEqual(names);
    expect(await resultOf("out", "plain")).toBe("hello plain");
    for (const { name, bytes } of bundles) expect((await stat(join(root, "out", name, "index.mjs"))).size).toBe(bytes);
  });

  test("puts the SDK into the bundle and tells how much is left without it", async () => {
    expect(await resultOf("out", "with-sdk")).toEqual(["hello sdk", "SQSClient"]);
    const [plain, withSdk] = bundles;
    expect(withSdk?.bytes).toBeGreaterThan(100_000);
    expect(withSdk?.bytesWithoutSdk).toBeGreaterThan(50);
    expect(withSdk?.bytesWithoutSdk).toBeLessThan(500);
    expect(plain?.bytesWithoutSdk).toBeLessThan(plain?.bytes ?? 0);
  });

  test("lets CommonJS code require Node's modules", async () => {
    expect(await resultOf("out", "with-commonjs")).toBe("a/b");
  });

  test("keeps the names of classes", async () => {
    expect(await resultOf("out", "named")).toBe("AnError");
  });

  test("gives the same bytes for the same sources", async () => {
    await build("again", names);
    for (const name of names) {
      const [first, second] = await Promise.all(
        ["out", "again"].map(async (folder) => readFile(join(root, folder, name, "index.mjs"), "utf8")),
      );
      expect(second).toBe(first);
    }
  });

  test("names the file and the reason when a source cannot be built", async () => {
    await writeFile(join(root, "broken.ts"), `import "./nowhere.ts";`);
    await expect(build("out", ["broken"])).rejects.toThrow(
      /broken\.ts:1:7: ERROR: Could not resolve "\.\/nowhere\.ts"/,
    );
  });
});
