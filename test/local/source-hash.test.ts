import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashSources } from "../../lib/local/source-hash.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sources-"));
  await plant(join(root, "checkout"));
});

afterEach(async () => rm(root, { recursive: true }));

async function plant(checkout: string): Promise<void> {
  await mkdir(join(checkout, "lib", "domain"), { recursive: true });
  await writeFile(join(checkout, "lib", "domain", "a.ts"), "a");
  await writeFile(join(checkout, "lib", "b.ts"), "b");
  await writeFile(join(checkout, "package.json"), "{}");
}

const hashOf = async (checkout = "checkout") =>
  hashSources([join(root, checkout, "lib"), join(root, checkout, "package.json")]);

test("the same sources have the same hash wherever they stand", async () => {
  await plant(join(root, "elsewhere", "checkout"));
  expect(await hashOf("elsewhere/checkout")).toBe(await hashOf());
  expect(await hashOf()).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["the content of a file deep in a folder", async (c: string) => writeFile(join(c, "lib/domain/a.ts"), "A")],
  ["the content of a single file", async (c: string) => writeFile(join(c, "package.json"), "{ }")],
  ["a file's name", async (c: string) => rename(join(c, "lib/b.ts"), join(c, "lib/c.ts"))],
  ["a file's folder", async (c: string) => rename(join(c, "lib/b.ts"), join(c, "lib/domain/b.ts"))],
  ["a new file, even if it is empty", async (c: string) => writeFile(join(c, "lib/c.ts"), "")],
  [
    "where one file ends and the next begins",
    async (c: string) => writeFile(join(c, "lib/b.ts"), "b\x00domain/a.ts\x001\x00a"),
  ],
])("the hash changes with %s", async (_, change) => {
  const before = await hashOf();
  await change(join(root, "checkout"));
  expect(await hashOf()).not.toBe(before);
});

test("a path that is not there is an error that names it", async () => {
  await expect(hashSources([join(root, "nowhere")])).rejects.toThrow(join(root, "nowhere"));
});
