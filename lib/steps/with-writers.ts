import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import { allOf } from "./all-of.ts";

/**
 * Opens one object a key, lets `produce` fill them, and closes them all: either every object appears, or, when
 * `produce` throws, none that was still open does.
 */
export const withWriters = async <const Keys extends readonly string[], Result>(
  objects: Pick<ObjectStore, "open">,
  keys: Keys,
  produce: (writers: { readonly [index in keyof Keys]: ObjectWriter }) => Promise<Result>,
): Promise<Result> => {
  const writers = keys.map((key) => objects.open(key));
  try {
    const result = await produce(writers as { readonly [index in keyof Keys]: ObjectWriter });
    await allOf(writers.map((writer) => writer.close()));
    return result;
  } catch (error) {
    await Promise.allSettled(writers.map((writer) => writer.abort()));
    throw error;
  }
};
