import type { ObjectStore } from "../domain/ports.ts";
import type { WaveItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import { allOf } from "./all-of.ts";
import { textPages } from "./read-json-lines.ts";
import type { RecordedWave } from "./salvage-run.ts";
import { type Branch, tee } from "./tee.ts";

type Store = Pick<ObjectStore, "read" | "sizes" | "stream">;

/** What a run has left behind, wave by wave. */
export interface LeftWaves {
  /** Those with all of their records. */
  readonly recorded: readonly RecordedWave[];
  /** Those whose signals are in their ledgers. */
  readonly signalled: readonly Pick<WaveItem, "wave" | "signals">[];
}

/**
 * Joins what stands wave by wave into the files that a person wants: a terminal record for each task, those that planning ended first;
 * the ledger; and its backup, one JSON array, for which the ledgers are read once. Their lengths are known beforehand, so they stream through.
 */
export const joinFiles = async (runId: string, { recorded, signalled }: LeftWaves, objects: Store): Promise<void> => {
  const at = runKeys(runId);
  const sizes = new Map([...(await objects.sizes(at.planRecords)), ...(await objects.sizes(at.waves))]);
  const lengthOf = (keys: readonly string[]): number => keys.reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0);
  const records = [at.planRecords, ...recorded.flatMap(({ wave, passes }) => at.waveRecords(wave, passes))];
  const ledgers = signalled.map(({ wave }) => at.ledger(wave));
  const signals = signalled.flatMap((wave) => Object.values(wave.signals.by_type)).reduce((a, b) => a + b, 0);
  await objects.stream(at.output("results.jsonl"), lengthOf(records), readAll(records, objects));
  const arrayLength = lengthOf(ledgers) + signals + Buffer.byteLength("[]\n");
  const [lines, array] = tee(readAll(ledgers, objects));
  await allOf([
    endWith(objects.stream(at.output("learning_signals.jsonl"), lengthOf(ledgers), lines), lines),
    endWith(objects.stream(at.output("learning_signals.backup.json"), arrayLength, arrayOf(array)), array),
  ]);
};

/** A file that is given up does not hold back the other one. */
const endWith = async (sending: Promise<void>, branch: Branch<Uint8Array>): Promise<void> => {
  try {
    await sending;
  } finally {
    await branch.return();
  }
};

async function* readAll(keys: readonly string[], objects: Store): AsyncGenerator<Uint8Array> {
  for (const key of keys) yield* (await objects.read(key)) ?? [];
}

/** Lines of JSON as the lines of one array: each is a byte longer, for its comma or for the line that the array opens with. */
async function* arrayOf(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let separator = "[\n";
  for await (const page of textPages(lines)) {
    yield Buffer.from(separator + page.replaceAll("\n", ",\n"));
    separator = ",\n";
  }
  yield Buffer.from(separator === "[\n" ? "[]\n" : "\n]\n");
}
