import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

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

test("the same sources give the same assembly, also to two who ask at once", async () => {
  const [first, second] = await Promise.all([loadAssembly(), loadAssembly()]);
  expect(second.template).toEqual(first.template);
  const [key = ""] = codeKeys(first);
  expect(second.assetDirectory(key)).toBe(first.assetDirectory(key));
});

test("an asset that the assembly does not have is named", async () => {
  const assembly = await loadAssembly();
  expect(() => assembly.assetDirectory("nothing.zip")).toThrow(
    "asset nothing.zip: expected it in the assembly's manifest",
  );
});
