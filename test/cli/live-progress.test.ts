import { stripVTControlCharacters } from "node:util";

import { describe, expect, test } from "vitest";

import { createLineProgress, createLiveProgress } from "../../lib/cli/live-progress.ts";
import type { RunProgress } from "../../lib/cli/run-progress.ts";
import { runItem, waveItem } from "../steps/builders.ts";

const progress = (changes: Partial<RunProgress> = {}): RunProgress => ({
  setAside: 0,
  wave: { wave: 1, tasks: 600 },
  pass: { pass: 1, done: 0, total: 600 },
  fleet: { agents: 4, busy: 3, offline: 1 },
  ...changes,
});

const run = { ...runItem(), tasks: 1_000, waves: 2 };

/** A live progress with what it says and what it shows, plain. */
const create = (columns = 79) => {
  const said: string[] = [];
  let shown: readonly string[] = [];
  let now = 0;
  const live = {
    columns,
    draw: (lines: readonly string[]) => {
      shown = lines.map((line) => stripVTControlCharacters(line));
    },
    end: () => {},
  };
  const terminal = { out: async () => {}, say: (line: string) => void said.push(line) };
  const observer = createLiveProgress(
    terminal,
    live,
    async () => 4,
    () => now,
  );
  return {
    observer,
    said,
    lines: () => shown,
    text: () => shown.join("\n"),
    look: (at: number, changes: Partial<RunProgress> = {}) => {
      now = at;
      observer.progressed?.(progress(changes));
    },
  };
};

describe("a run that is watched on a terminal", () => {
  test("says that it is being planned until its tasks are known", () => {
    const { lines, look } = create();
    look(0);
    expect(lines()).toEqual(["  planning …"]);
  });

  test("shows tasks, wave, rate, times, agents", async () => {
    const { observer, look, lines } = create();
    await observer.planned(run);
    look(1_000, { pass: { pass: 1, done: 100, total: 200 } });
    look(3_000, { pass: { pass: 1, done: 300, total: 600 } });
    expect(lines()).toEqual([
      `  ${"█".repeat(12)}${"░".repeat(28)}  300 of 1,000 tasks, 30 %`,
      "  wave 1 of 2: 300 of 600 · 100 tasks/s · 0:03 elapsed · about 0:07 left",
      "  3 of 4 agents busy, 1 offline",
    ]);
  });

  test("shows health, retries and failures of the waves that have ended", async () => {
    const { observer, look, text } = create();
    await observer.planned(run);
    observer.waveScored(waveItem(1, { tasks: 600, completed: 590, failed: 10, retries: 1_200, health_score: 80 }));
    look(1_000, { wave: { wave: 2, tasks: 400 }, pass: undefined, fleet: { agents: 1, busy: 1, offline: 0 } });
    expect(text()).toContain("600 of 1,000 tasks, 60 %");
    expect(text()).toContain("1 of 1 agent busy · health 80.00 GOOD · 1,200 retried · 10 failed");
  });

  test("does not go back when a later pass tries again", async () => {
    const { observer, look, text } = create();
    await observer.planned(run);
    look(1_000, { pass: { pass: 1, done: 600, total: 600 } });
    look(2_000, { pass: { pass: 2, done: 5, total: 20 } });
    expect(text()).toContain("600 of 1,000 tasks");
    expect(text()).toContain("wave 1 of 2, pass 2: 5 tried again");
  });

  test("says in words what it waits for at its end", async () => {
    const { observer, look, text } = create();
    await observer.planned(run);
    observer.waveScored(waveItem(1, { tasks: 600 }));
    look(1_000, { wave: undefined, pass: undefined });
    expect(text()).toContain("wave 2 of 2 ·");
    observer.waveScored(waveItem(2, { tasks: 400 }));
    look(3_700_000, { wave: undefined, pass: undefined });
    expect(text()).toContain("1,000 of 1,000 tasks, 100 %\n  writing the report");
    expect(text()).toContain("1:01:40 elapsed");
  });

  test("promises no end while it is paused", async () => {
    const { observer, look, text, said } = create();
    await observer.planned(run);
    look(1_000, { pass: { pass: 1, done: 1, total: 1 } });
    observer.controlled?.("PAUSED");
    look(2_000, { pass: { pass: 1, done: 2, total: 2 } });
    expect(text()).toContain("  PAUSED · wave 1 of 2");
    expect(text()).not.toContain("left");
    expect(said.at(-1)).toMatch(/^ {2}paused: /u);
  });

  test.each([20, 39, 60, 200])(
    "has no line of more than %i columns where the terminal has no more",
    async (columns) => {
      const { observer, look, lines } = create(columns);
      await observer.planned({ ...run, tasks: 1_000_000 });
      observer.waveScored(waveItem(1, { tasks: 600_000, retries: 123_456, failed: 4_321 }));
      look(1_000, { wave: { wave: 2, tasks: 400_000 } });
      look(9_000, { wave: { wave: 2, tasks: 400_000 }, pass: { pass: 1, done: 123_456, total: 1 } });
      expect(Math.max(...lines().map((line) => line.length))).toBeLessThanOrEqual(columns);
    },
  );

  test("says each wave with its first anomalies on lines of their own, cut to the terminal", async () => {
    const { observer, said } = create(60);
    await observer.planned(run);
    const anomalies = [1, 2, 3].map(
      (n) => ({ type: "success_drop", wave: 1, message: `fell ${n} `.repeat(20) }) as const,
    );
    observer.waveScored(waveItem(1, { anomalies }));
    expect(said.slice(1)).toEqual([
      "  wave 1: 2 of 2 completed, health 98.00 EXCELLENT",
      expect.stringMatching(/^ {4}! fell 1 .*…$/u),
      expect.stringMatching(/^ {4}! fell 2 .*…$/u),
      "    ! and 1 more",
    ]);
    expect(Math.max(...said.slice(1).map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test("says its plan in two lines where one is too short", async () => {
    const { observer, said } = create(60);
    await observer.planned(run);
    expect(said[0]).toMatch(/^run run-1:\n {2}1,000 tasks in 2 waves/u);
  });
});

test("without a terminal a run is a line for its plan, one for each wave, and one for what an operator did", async () => {
  const said: string[] = [];
  const observer = createLineProgress({ out: async () => {}, say: (line) => void said.push(line) }, async () => 4);
  await observer.planned(run);
  observer.waveScored(waveItem(1, { anomalies: [{ type: "success_drop", wave: 1, message: "fell" }] }));
  observer.controlled?.("RUN");
  expect(Object.keys(observer)).not.toContain("progressed");
  expect(said).toEqual([
    expect.stringMatching(/^run run-1: 1,000 tasks/u),
    "  wave 1: 2 of 2 completed, health 98.00 EXCELLENT, ! fell",
    "  goes on",
  ]);
});
