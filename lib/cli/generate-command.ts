import { samplePrediction } from "../domain/generate.ts";
import { createTerminal } from "./terminal.ts";

/** Lines that are written at a time. */
const BATCH = 1_000;

/** Prints sample predictions, one a line. */
export const generatePredictions = async (tasks: number, seed: number): Promise<void> => {
  const { out } = createTerminal(false);
  for (let from = 0; from < tasks; from += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, tasks - from) }, (_, offset) =>
      JSON.stringify(samplePrediction(from + offset, seed)),
    );
    await out(`${lines.join("\n")}\n`);
  }
};
