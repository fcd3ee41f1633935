import { RunTooLargeError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { formatNumber } from "./report-figures.ts";

/** Bytes that files which grow may hold until they are sent. */
export interface HeldBytes {
  /** All of them together. */
  readonly together: number;
  /** One of them, however large it grows. */
  readonly each: number;
}

/**
 * What the files of waves hold while they are written, beside the ids and numbers of all tasks. Each has a part on its way, the one that
 * gathers, what that is joined from, and what waits in its stream: 20 to 22 MiB were measured.
 */
const heldBytes: HeldBytes = { together: 192 * 1024 * 1024, each: 24 * 1024 * 1024 };

/** What planning may read to write its waves in the 15 minutes of its function: 67 GB at 75 MB a second, a guess, and time to spare. */
const MAX_READ_BYTES = 40e9;

/**
 * Deals waves out to rounds. In a round all tasks are gone through once, in input order, and a wave's file is open from its first task to
 * its last; as many waves are written in a round as may be open together. Gives the round of each wave, from 0: one round for waves that
 * lie one after the other, more for large ones that lie across each other. `bytesOf` has the bytes of each task by its index.
 *
 * @throws RunTooLargeError when so many rounds would not end in planning's time
 */
export const planRounds = (
  { waveOf, waves }: Pick<Plan, "waveOf" | "waves">,
  bytesOf: readonly number[],
  held = heldBytes,
): ReadonlyMap<number, number> => {
  const bytes = new Map(waves.map(({ wave }) => [wave, 0]));
  for (const [index, wave] of waveOf.entries()) {
    const sum = bytes.get(wave);
    // What is set aside stands in no wave.
    if (sum !== undefined) bytes.set(wave, Math.min(held.each, sum + bytesOf[index]!));
  }
  const roundOf = new Map<number, number>();
  for (let round = 0; roundOf.size < waves.length; round += 1) {
    const left = new Map(waves.filter(({ wave }) => !roundOf.has(wave)).map(({ wave, tasks }) => [wave, tasks]));
    const open = new Set<number>();
    let sum = 0;
    for (const wave of waveOf) {
      const tasks = left.get(wave);
      if (tasks === undefined) continue;
      if (!open.has(wave)) {
        if (open.size > 0 && sum + bytes.get(wave)! > held.together) {
          left.delete(wave);
          continue;
        }
        open.add(wave);
        sum += bytes.get(wave)!;
        roundOf.set(wave, round);
      }
      left.set(wave, tasks - 1);
      if (tasks > 1) continue;
      open.delete(wave);
      sum -= bytes.get(wave)!;
    }
  }
  checkReading(countRounds(roundOf), waves.length, bytesOf);
  return roundOf;
};

/** How often all tasks are gone through; at least once, for those that are set aside. */
export const countRounds = (roundOf: ReadonlyMap<number, number>): number => Math.max(0, ...roundOf.values()) + 1;

const checkReading = (rounds: number, waves: number, bytesOf: readonly number[]): void => {
  const bytes = bytesOf.reduce((sum, size) => sum + size, 0);
  if (rounds === 1 || rounds * bytes <= MAX_READ_BYTES) return;
  throw new RunTooLargeError(
    `expected predictions whose waves lie one after the other, received ${waves} waves across each other in ` +
      `${formatNumber(Math.round(bytes / 1e6))} MB, which would be read ${rounds} times: sort the predictions by wave, or split them into more runs`,
  );
};
