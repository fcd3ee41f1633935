import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

describe("an input", () => {
  const validatorOf = (name: string) =>
    new Ajv2020({ strictTypes: false, formats: { "date-time": true } }).compile(
      JSON.parse(readFileSync(join(root, "schemas", `${name}.schema.json`), "utf8")) as object,
    );
  const example = (file: string) => readFileSync(join(root, "examples", file), "utf8");

  test.each([
    ["prediction", "predictions.jsonl"],
    ["prediction", "reference-1/predictions.jsonl"],
    ["schedule-entry", "schedule.jsonl"],
  ])("of the examples keeps to the %s schema: every line of %s", (name, file) => {
    const validate = validatorOf(name);
    const lines = example(file).trimEnd().split("\n");
    expect(lines.filter((line) => !validate(JSON.parse(line)))).toEqual([]);
  });

  test.each(["agents", "config"])("of the examples keeps to the %s schema: whole files", (name) => {
    const validate = validatorOf(name);
    for (const folder of [".", "reference-1", "reference-2", "reference-3"]) {
      expect([folder, validate(JSON.parse(example(join(folder, `${name}.json`))))]).toEqual([folder, true]);
    }
  });

  test.each([
    ["prediction", { success_rate: 0.5 }],
    ["prediction", { task_id: "a", priority: 101 }],
    ["schedule-entry", { task_id: "a", not_before: "tomorrow" }],
    ["agents", { agents: [] }],
    ["agents", { agents: [{ id: "a", endpoint: { kind: "pigeon" } }] }],
    ["config", { strategy: "RANDOM" }],
    ["config", { max_retrys: 1 }],
  ])("that the %s parser refuses breaks the schema as well: %j", (name, value) => {
    expect(validatorOf(name)(value)).toBe(false);
  });
});
