import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { takeInFiles } from "../../lib/cli/dry-run-intake.ts";

test("the size of a task is told in bytes, not in characters", async () => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-intake-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const sizeOf = async (payload: string): Promise<number> => {
    const file = join(folder, "predictions.jsonl");
    await writeFile(file, `${JSON.stringify({ task_id: "a", success_rate: 0.9, payload })}\n`);
    return (await takeInFiles(file, undefined)).taskBytes;
  };
  expect(await sizeOf("€".repeat(100))).toBe((await sizeOf("e".repeat(100))) + 200);
});
