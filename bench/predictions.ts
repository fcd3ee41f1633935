import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { samplePrediction } from "../lib/domain/generate.ts";

const SEED = 21;

/** Writes so many sample predictions, each `spoilEvery`-th without its id, and gives the file. @default none is spoilt */
export const writePredictions = async (folder: string, tasks: number, spoilEvery = Infinity): Promise<string> => {
  const file = join(folder, `predictions-${tasks}.jsonl`);
  const lines = function* () {
    for (let index = 0; index < tasks; index += 1) {
      const line = JSON.stringify(samplePrediction(index, SEED));
      yield `${index % spoilEvery === spoilEvery - 1 ? line.replace('"task_id"', '"task"') : line}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return file;
};
