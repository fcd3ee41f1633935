import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import { allOf } from "./all-of.ts";

/** Files that are sent off at the same time while others still grow. */
const MAX_CLOSING = 4;

/** Takes the lines of waves, in any order. */
export interface WaveFiles {
  /** Adds a line to the file of a wave. A promise is returned when the caller must wait before it writes more. */
  write(wave: number, line: string): Promise<void> | void;
}

interface WaveFilesOptions {
  readonly keyOf: (wave: number) => string;
  /** By wave: how many lines its file gets. */
  readonly linesOf: ReadonlyMap<number, number>;
}

/**
 * Lets `produce` fill a file for each wave. One is held from its first line to its last, so that of waves that lie one after the other few
 * are. When `produce` throws, those that were not closed do not appear.
 */
export const withWaveFiles = async (
  objects: Pick<ObjectStore, "open">,
  { keyOf, linesOf }: WaveFilesOptions,
  produce: (files: WaveFiles) => Promise<void>,
): Promise<void> => {
  const files = new Map<number, ObjectWriter>();
  const left = new Map(linesOf);
  const closing = new Set<Promise<void>>();
  const close = async (wave: number, writer: ObjectWriter, written: Promise<void> | void): Promise<void> => {
    await written;
    const closed = writer.close().then(() => {
      files.delete(wave);
      closing.delete(closed);
    });
    // It may fail while nobody waits for it yet.
    closed.catch(() => {});
    closing.add(closed);
    if (closing.size >= MAX_CLOSING) await Promise.race(closing);
  };
  const write = (wave: number, line: string): Promise<void> | void => {
    const lines = left.get(wave) ?? 0;
    if (lines === 0) throw new Error(`wave ${wave}: expected no further line`);
    left.set(wave, lines - 1);
    let writer = files.get(wave);
    if (writer === undefined) {
      writer = objects.open(keyOf(wave));
      files.set(wave, writer);
    }
    const written = writer.write(line);
    return lines > 1 ? written : close(wave, writer, written);
  };
  try {
    await produce({ write });
    await allOf([...closing]);
    for (const [wave, lines] of left) if (lines > 0) throw new Error(`wave ${wave}: expected ${lines} further lines`);
  } catch (error) {
    await Promise.allSettled(closing);
    await Promise.allSettled([...files.values()].map((writer) => writer.abort()));
    throw error;
  }
};
