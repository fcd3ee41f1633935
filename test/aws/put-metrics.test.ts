import { expect, test, vi } from "vitest";

import { createPutMetrics } from "../../lib/aws/put-metrics.ts";

/** The lines that a call writes to the standard output, where CloudWatch finds metrics. */
const writtenBy = (write: () => void): readonly Record<string, unknown>[] => {
  const lines: string[] = [];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  write();
  stdout.mockRestore();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

const putMetrics = createPutMetrics("dev");
const health = { name: "WaveHealth", unit: "None", value: 95.67 } as const;
const retries = { name: "Retries", unit: "Count", value: 3 } as const;

test("a call writes one line in CloudWatch's embedded format, its only dimensions stage and strategy", () => {
  const lines = writtenBy(() =>
    putMetrics([health, retries], { strategy: "ROUND_ROBIN" }, { run_id: "run-1", wave: 2 }),
  );
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number) as number,
        CloudWatchMetrics: [
          {
            Namespace: "Phase21",
            Dimensions: [["stage", "strategy"]],
            Metrics: [
              { Name: "WaveHealth", Unit: "None" },
              { Name: "Retries", Unit: "Count" },
            ],
          },
        ],
      },
      stage: "dev",
      strategy: "ROUND_ROBIN",
      run_id: "run-1",
      wave: "2",
      WaveHealth: 95.67,
      Retries: 3,
    },
  ]);
});

test("one call knows nothing of another", () => {
  const lines = writtenBy(() => {
    putMetrics([health], { strategy: "ROUND_ROBIN" }, { run_id: "run-1" });
    putMetrics([retries], { strategy: "LOAD_BALANCED" }, {});
  });
  expect(lines[1]).not.toHaveProperty("WaveHealth");
  expect(lines[1]).not.toHaveProperty("run_id");
  expect(lines[1]).toMatchObject({ strategy: "LOAD_BALANCED", Retries: 3 });
});
