import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { RunContext } from "../../lib/cli/run-cloud.ts";
import { createRunTeller } from "../../lib/cli/serve-runs.ts";

const home = process.cwd();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-runs-"));
  process.chdir(folder);
});

afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

test("runs that the start of a cloud lets go on are told once it can be asked, others when they start, and none at the end", async () => {
  const lines: string[] = [];
  const terminal = { say: (line: string) => void lines.push(line), out: async () => {} };
  const runs = createRunTeller();
  runs.onRun("a-1");
  expect(lines).toEqual([]);
  runs.open({ terminal, signal: AbortSignal.abort() } as unknown as RunContext);
  runs.onRun("b-2");
  await runs.ended();
  expect(lines).toEqual(["run a-1 goes on", "run b-2 started"]);
});
