import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import { Command } from "commander";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { createFunctionLogs, withEmbeddedStack } from "../../lib/cli/embedded.ts";
import type { Stack } from "../../lib/cli/stack.ts";
import { type PullOptions, pullSignals } from "../../lib/cli/pull-signals.ts";
import { addSignals } from "../../lib/cli/signals-command.ts";
import { samplePrediction } from "../../lib/domain/generate.ts";
import { targetPhases, type Signal } from "../../lib/domain/signal.ts";
import { type FinishedRun, jsonLines, runToEnd, withStack } from "./run.ts";

const never = new AbortController().signal;
const root = join(import.meta.dirname, "../..");
const example = (file: string) => readFile(join(root, "examples", file), "utf8");

const parseLines = (text: string): Signal[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Signal);

/** What pulls of all phases print. */
const pullPhases = async (stack: Stack, options: Partial<PullOptions> = {}): Promise<readonly Signal[]> => {
  let text = "";
  const print = async (lines: string): Promise<boolean> => {
    text += lines;
    return true;
  };
  for (const phase of targetPhases)
    await pullSignals(stack, { phase, wait: 0, ...options }, { print, say: () => {} }, never);
  return parseLines(text);
};

const idsOf = (signals: readonly Signal[]): string[] => signals.map(({ signal_id }) => signal_id).toSorted();

const executedOf = ({ records }: FinishedRun): number => records.filter(({ attempts }) => attempts > 0).length;

const validatorOf = async (name: string) => {
  const ajv = new Ajv2020({ strictTypes: false, formats: { "date-time": true } });
  const validate = ajv.compile(
    JSON.parse(await readFile(join(root, "schemas", `${name}.schema.json`), "utf8")) as object,
  );
  return (value: unknown) => (validate(value) ? [] : (validate.errors ?? []));
};

describe("after a run", () => {
  test("pulls give two signals a task and one a wave, each once, and as often as wanted where they are kept", async () => {
    await withStack(0.001, async (stack) => {
      const predictions = jsonLines(Array.from({ length: 300 }, (_, index) => samplePrediction(index, 21)));
      const run = await runToEnd(stack, { predictions, config: { feedback: { signals_per_message: 7 } } });
      const kept = await pullPhases(stack, { keep: true });
      expect(kept).toHaveLength(2 * executedOf(run) + run.summary.waves);
      expect(new Set(idsOf(kept)).size).toBe(kept.length);
      expect(idsOf(kept)).toEqual(idsOf(run.signals));
      expect(idsOf(await pullPhases(stack, { keep: true }))).toEqual(idsOf(kept));
      expect(idsOf(await pullPhases(stack))).toEqual(idsOf(kept));
      expect(await pullPhases(stack)).toEqual([]);
    });
  });

  test("its files keep to the published schemas", async () => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, {
        predictions: await example("predictions.jsonl"),
        schedule: await example("schedule.jsonl"),
        config: JSON.parse(await example("config.json")) as object,
        agents: JSON.parse(await example("agents.json")) as object,
      });
      expect(new Set(run.signals.map(({ signal_type }) => signal_type)).size).toBe(4);
      const ofSignal = await validatorOf("signal");
      for (const signal of run.signals) expect(ofSignal(signal)).toEqual([]);
      const ofResult = await validatorOf("result");
      for (const record of run.records) expect(ofResult(record)).toEqual([]);
      expect((await validatorOf("metrics-summary"))(run.summary)).toEqual([]);
      expect((await validatorOf("system-health"))(run.health)).toEqual([]);
    });
  });

  test("whose cloud has ended the signals are pulled from its data folder", { timeout: 60_000 }, async () => {
    const data = join(await mkdtemp(join(tmpdir(), "phase21-signals-")), "data");
    const cloud = { timeScale: 0.001, logs: createFunctionLogs(), signal: never, data };
    const predictions = jsonLines(Array.from({ length: 5 }, (_, index) => samplePrediction(index, 21)));
    const run = await withEmbeddedStack(cloud, (stack) => runToEnd(stack, { predictions }));
    const streams = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      vi.spyOn(process[name], "write").mockImplementation((text, done?: unknown) => {
        streams[name] += String(text);
        if (typeof done === "function") done();
        return true;
      });
    }
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const program = new Command().exitOverride();
    addSignals(program, never);
    await program.parseAsync(["signals", "pull", "--phase", "20", "--wait", "0", "--data", data], { from: "user" });
    expect(idsOf(parseLines(streams.stdout))).toEqual(
      idsOf(run.signals.filter(({ target_phase }) => target_phase === 20)),
    );
    expect(streams.stderr).toMatch(/^phase 20: 5 signals in \d+ messages?, \d+ deleted\n$/u);
  });
});
