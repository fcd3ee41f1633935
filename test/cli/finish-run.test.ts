import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { createFunctionLogs } from "../../lib/cli/embedded.ts";
import { finishRun } from "../../lib/cli/finish-run.ts";
import { stackOf } from "../../lib/cli/stack.ts";
import { createTerminal } from "../../lib/cli/terminal.ts";
import { uploadInbox } from "../../lib/cli/upload-inbox.ts";
import { outputFiles } from "../../lib/domain/run-keys.ts";
import { startCloud } from "../../lib/local/cloud.ts";

test("a run that broke off leaves all of its files, the page among them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "finish-run-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const predictions = join(folder, "predictions.jsonl");
  await writeFile(predictions, '{"task_id":"one"}\n');
  const cloud = await startCloud({
    timeScale: 0.001,
    secret: () => undefined,
    onLog: () => {},
    faults: {
      interpose: async (_service, endpoint) => endpoint,
      kill: (name) => (name.startsWith("ScoreWave") ? "before" : undefined),
      deliver: (put) => void put(),
    },
  });
  onTestFinished(() => cloud.stop());
  const stack = { ...stackOf(cloud), executionEnded: cloud.executionEnded };
  const runId = await uploadInbox(stack, { predictions, configText: "{}", fleetText: "" });
  const context = {
    stack,
    logs: createFunctionLogs(),
    terminal: createTerminal(true),
    signal: new AbortController().signal,
    data: undefined,
  };

  const out = join(folder, "out");
  await expect(finishRun(context, runId, { out })).rejects.toThrow(`run ${runId}: Runtime.ExitError`);
  const files = [...outputFiles, "execution_report.html"].map((file) => readFile(join(out, file), "utf8"));
  const texts = await Promise.all(files);
  expect(texts.at(-1)).toContain(runId);
});
