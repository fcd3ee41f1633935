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
  const files = new Map<number, { readonly writer: ObjectWriter; left: number }>();
  const closing = new Set<Promise<void>>();
  const close = async (wave: number, writer: ObjectWriter): Promise<void> => {
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
    let file = files.get(wave);
    if (file === undefined) {
      file = { writer: objects.open(keyOf(wave)), left: linesOf.get(wave)! };
      files.set(wave, file);
    }
    const { writer } = file;
    file.left -= 1;
    const written = writer.write(line);
    if (file.left > 0) return written;
    return Promise.resolve(written).then(() => close(wave, writer));
  };
  try {
    await produce({ write });
    await allOf([...closing]);
  } catch (error) {
    await Promise.allSettled(closing);
    await Promise.allSettled([...files.values()].map(({ writer }) => writer.abort()));
    throw error;
  }
};
