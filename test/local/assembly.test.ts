import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { functionNames } from "../../lib/domain/function-environment.ts";
import { type Assembly, loadAssembly } from "../../lib/local/assembly.ts";

const codeKeys = ({ template }: Assembly): readonly string[] =>
  Object.values(
    template["Resources"] as Record<string, { Type: string; Properties: { Code?: { S3Key: string } } }>,
  ).flatMap(({ Type, Properties }) => (Type === "AWS::Lambda::Function" ? [Properties.Code?.S3Key ?? ""] : []));

test("the assembly holds the template, and a bundle for each function under the key that the template names", async () => {
  const assembly = await loadAssembly();
  const keys = codeKeys(assembly);
  expect(keys).toHaveLength(functionNames.length);
  for (const key of keys) expect(existsSync(join(assembly.assetDirectory(key), "index.mjs"))).toBe(true);
});

test("two who ask at once for what is not there yet get the same, and only what is needed is kept", async () => {
  const keptIn = await mkdtemp(join(tmpdir(), "assemblies-"));
  onTestFinished(() => rm(keptIn, { recursive: true }));
  for (const age of [1, 2, 3, 4, 5, 6]) {
    await mkdir(join(keptIn, `stale-${age}`));
    await utimes(join(keptIn, `stale-${age}`), 1_000 - age, 1_000 - age);
    await mkdir(join(keptIn, `stale-${age}.compiled`));
  }
  const [first, second] = await Promise.all([loadAssembly(keptIn), loadAssembly(keptIn)]);
  expect(second.template).toEqual(first.template);
  const [key = ""] = codeKeys(first);
  expect(second.assetDirectory(key)).toBe(first.assetDirectory(key));
  const kept = await readdir(keptIn);
  expect(kept).toEqual(expect.arrayContaining(["stale-1", "stale-1.compiled"]));
  expect(kept).not.toContain("stale-6");
  expect(kept).not.toContain("stale-6.compiled");
  expect(kept.filter((name) => !name.startsWith("stale-"))).toHaveLength(1);
});

test("what is left of an assembly whose removal was cut off is made whole", async () => {
  const keptIn = await mkdtemp(join(tmpdir(), "assemblies-"));
  onTestFinished(() => rm(keptIn, { recursive: true }));
  const first = await loadAssembly(keptIn);
  const [hash = ""] = await readdir(keptIn);
  await rm(join(keptIn, hash, "Phase21-dev.template.json"));
  expect((await loadAssembly(keptIn)).template).toEqual(first.template);
});

test("what somebody else removes at the same time is no reason not to start", async () => {
  const keptIn = await mkdtemp(join(tmpdir(), "assemblies-"));
  onTestFinished(() => rm(keptIn, { recursive: true }));
  // It is listed, and no longer there when it is looked at.
  await symlink(join(keptIn, "gone"), join(keptIn, "listed"));
  expect(codeKeys(await loadAssembly(keptIn))).toHaveLength(functionNames.length);
});

test("an asset that the assembly does not have is named", async () => {
  const assembly = await loadAssembly();
  expect(() => assembly.assetDirectory("nothing.zip")).toThrow(
    "asset nothing.zip: expected it in the assembly's manifest",
  );
});
