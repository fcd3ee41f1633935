import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { addCost } from "../../lib/cli/add-cost.ts";
import { metricsSummarySchema } from "../../lib/domain/output-schemas.ts";
import { emptyUsage } from "../../lib/domain/usage.ts";

test("a run's cost goes into its summary, in the folder and in the bucket, and leaves the rest of it as it was", async () => {
  const out = await mkdtemp(join(tmpdir(), "cost-"));
  onTestFinished(() => rm(out, { recursive: true }));
  const summary = { run_id: "run-1", tasks: { total: 1_000 } };
  await writeFile(join(out, "metrics_summary.json"), JSON.stringify(summary));
  const stored = new Map<string, string>();
  const objects = { writeText: async (key: string, text: string) => void stored.set(key, text) };

  await addCost({ objects } as never, "run-1", out, { ...emptyUsage(), lambdaRequests: 1_000 });

  const text = await readFile(join(out, "metrics_summary.json"), "utf8");
  expect(stored).toEqual(new Map([["runs/run-1/output/metrics_summary.json", text]]));
  const { cost, ...rest } = JSON.parse(text) as { readonly cost: unknown };
  expect(rest).toEqual(summary);
  expect(cost).toMatchObject({ usd: 0.0002, usd_per_million_tasks: 0.2, by_service: { lambda: 0.0002, s3: 0 } });
  expect(metricsSummarySchema.shape.cost.parse(cost)).toEqual(cost);
});
