import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";

import { samplePrediction } from "../../lib/domain/generate.ts";
import { randomFor } from "../../lib/domain/random.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Signal } from "../../lib/domain/signal.ts";
import type { MetricsSummary } from "../../lib/domain/summary.ts";

const TASKS = 2_000;
const WAVES = 3;

/** How many processes are killed; `npm run test:faults` kills 50. */
const KILLS = Number(process.env["PHASE21_KILLS"] ?? 2);
const SEED = Number(process.env["PHASE21_FAULT_SEED"] ?? Date.now());

const entry = join(import.meta.dirname, "../../bin/phase21.mjs");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-kill-"));
  const lines = Array.from({ length: TASKS }, (_, index) => JSON.stringify(samplePrediction(index, 21)));
  await writeFile(join(folder, "predictions.jsonl"), `${lines.join("\n")}\n`);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** The command in a process of its own, with its state in `data` and its files in `out`. */
const start = () => {
  const flags = ["--data", "data", "--out", "out", "--time-scale", "0.001", "--quiet"];
  const child = spawn(process.execPath, [entry, "run", "predictions.jsonl", ...flags], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, "exit").then(([code]) => ({ code: code as number | null, errors }));
  return { child, ended };
};

const linesOf = async <Value>(file: string): Promise<readonly Value[]> =>
  (await readFile(join(folder, "out", file), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Value);

/** Checks that the run's files are complete and agree with each other. */
const expectWhole = async (): Promise<void> => {
  const records = await linesOf<TaskRecord>("results.jsonl");
  expect([records.length, new Set(records.map(({ task_id }) => task_id)).size]).toEqual([TASKS, TASKS]);
  const executed = records.filter(({ attempts }) => attempts > 0).length;
  const signals = await linesOf<Signal>("learning_signals.jsonl");
  expect(new Set(signals.map(({ signal_id }) => signal_id)).size).toBe(signals.length);
  expect(signals).toHaveLength(2 * executed + WAVES);
  const summary = JSON.parse(await readFile(join(folder, "out", "metrics_summary.json"), "utf8")) as MetricsSummary;
  expect(summary.tasks).toMatchObject({
    total: TASKS,
    completed: records.filter(({ status }) => status === "COMPLETED").length,
  });
  expect(summary.attempts).toBe(records.reduce((sum, { attempts }) => sum + attempts, 0));
};

test(
  `a run whose process is killed at any moment goes on when the command is given again (seed ${SEED})`,
  async () => {
    let killedInTime = 0;
    let longest = 4_000;
    for (let round = 0; round < KILLS; round += 1) {
      await rm(join(folder, "data"), { recursive: true, force: true });
      await rm(join(folder, "out"), { recursive: true, force: true });
      const startedAt = Date.now();
      const first = start();
      const moment = 200 + randomFor("kill", SEED, round) * (longest - 200);
      await Promise.race([sleep(moment, undefined, { ref: false }), first.ended]);
      if (first.child.exitCode === null) killedInTime += 1;
      else longest = Math.max(1_000, Date.now() - startedAt);
      first.child.kill("SIGKILL");
      await first.ended;
      const { code, errors } = await start().ended;
      expect({ round, moment, code, errors }).toEqual({ round, moment, code: 0, errors: "" });
      await expectWhole();
    }
    expect(killedInTime).toBeGreaterThan(0);
  },
  KILLS * 60_000,
);
