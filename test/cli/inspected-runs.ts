import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import { vi } from "vitest";

import { addInspection } from "../../lib/cli/inspection-commands.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { buildMetricsSummary, buildSystemHealth } from "../../lib/domain/summary.ts";
import { agent, config, tallyOf } from "../domain/report-builders.ts";

const { signal } = new AbortController();

/** Moves into a folder of its own, until what it gives is called. */
export const enterFolder = async (): Promise<() => Promise<void>> => {
  const home = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), "phase21-inspect-"));
  process.chdir(folder);
  return async () => {
    process.chdir(home);
    await rm(folder, { recursive: true });
  };
};

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** Leaves the files of a run in a folder, as `run` does. */
export const leaveRun = async (
  runId: string,
  records: readonly TaskRecord[],
  { folder = join("out", runId), rejected = [] as readonly unknown[] } = {},
): Promise<void> => {
  const totals = tallyOf(records);
  const agents = [agent("agent_0")];
  const summary = buildMetricsSummary({
    run_id: runId,
    config,
    totals,
    agents,
    waves: 1,
    durationSeconds: 1,
    latencies: { p50: 1, p95: 2, p99: 3 },
    signals: { by_type: {}, by_phase: {} },
    rejectedLines: rejected.length,
  });
  const health = buildSystemHealth({ run_id: runId, totals, agents, waves: [] });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "metrics_summary.json"), JSON.stringify(summary));
  await writeFile(join(folder, "system_health.json"), JSON.stringify(health));
  await writeFile(join(folder, "results.jsonl"), lines(records));
  await writeFile(join(folder, "rejected.jsonl"), lines(rejected));
};

/** What a command that looks at runs prints on stdout. */
export const inspect = async (...args: readonly string[]): Promise<string> => {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const program = new Command().exitOverride();
  addInspection(program, signal);
  try {
    await program.parseAsync([...args], { from: "user" });
  } finally {
    write.mockRestore();
  }
  return written.join("");
};
