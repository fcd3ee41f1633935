import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { takeIn } from "../lib/steps/take-in.ts";
import type { Figures } from "./benchmark.ts";
import { writePredictions } from "./predictions.ts";

/** Every so many lines one is bad. */
const SPOIL_EVERY = 10;

/** Streams a file of predictions through the checks of planning, a tenth of its lines bad; the rejected ones are made and dropped. */
export const benchTakeIn = async (lines: number): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-bench-"));
  try {
    const file = await writePredictions(folder, lines, SPOIL_EVERY);
    const begin = performance.now();
    const { items, rejected } = await takeIn(
      { read: async (key) => (key === file ? createReadStream(file) : undefined) },
      { predictions: file, schedule: "none" },
      { write: () => {} },
      () => {},
    );
    if (items.length + rejected !== lines)
      throw new Error(`expected ${lines} lines, received ${items.length + rejected}`);
    const seconds = (performance.now() - begin) / 1_000;
    return {
      lines_per_second: lines / seconds,
      seconds,
      rejected,
      peak_rss_megabytes: process.resourceUsage().maxRSS / 1_024,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
