import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { costOf } from "../domain/bill.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { MetricsSummary } from "../domain/summary.ts";
import type { Usage } from "../domain/usage.ts";
import type { Stack } from "./stack.ts";

const file = "metrics_summary.json";

/** Puts what a run costs by the price list into its summary, in the output folder and in the bucket. */
export const addCost = async (
  { objects }: Pick<Stack, "objects">,
  runId: string,
  out: string,
  usage: Usage,
): Promise<void> => {
  const summary = JSON.parse(await readFile(join(out, file), "utf8")) as MetricsSummary;
  const text = `${JSON.stringify({ ...summary, cost: costOf(usage, summary.tasks.total) }, null, 2)}\n`;
  await writeFile(join(out, file), text);
  await objects.writeText(runKeys(runId).output(file), text);
};
