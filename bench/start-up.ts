import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { createFunctionLogs, withEmbeddedStack } from "../lib/cli/embedded.ts";
import type { Figures } from "./benchmark.ts";

const root = join(import.meta.dirname, "..");

/** Times the embedded cloud until it takes its first request, and the README's first run from the shell and back; caches are warm. */
export const benchStartUp = async (): Promise<Figures> => {
  const signal = new AbortController().signal;
  const begin = performance.now();
  const ready = await withEmbeddedStack(
    { timeScale: 1, logs: createFunctionLogs(), signal },
    async () => performance.now() - begin,
  );
  const out = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  try {
    const started = performance.now();
    const args = ["start", "--silent", "--", "run", "examples/predictions.jsonl", "--out", out];
    await promisify(execFile)("npm", args, { cwd: root });
    return { ready_seconds: ready / 1_000, example_run_seconds: (performance.now() - started) / 1_000 };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};
