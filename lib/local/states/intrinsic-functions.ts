import { createHash } from "node:crypto";
import jsonata from "jsonata";
import type { JsonValue } from "../../domain/json.ts";

/** What the functions take from outside, so that an execution can be repeated exactly. */
export interface FunctionSources {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** 0..1, 1 excluded. */
  readonly random: () => number;
  readonly newId: () => string;
}

/** Functions of JSONata expressions by name without `$`. */
export type IntrinsicFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

const hashAlgorithms = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/** JSONata's own range operator stops here too. */
const longestRange = 10_000_000;

const hash = (data: string | undefined, algorithm: string): string | undefined => {
  if (!hashAlgorithms.includes(algorithm)) {
    throw new Error(`$hash: unknown algorithm ${JSON.stringify(algorithm)}, expected ${hashAlgorithms.join(", ")}`);
  }
  return data === undefined
    ? undefined
    : createHash(algorithm.replace("-", "").toLowerCase()).update(data).digest("hex");
};

const partition = (list: readonly JsonValue[] | undefined, size: number): readonly JsonValue[][] | undefined => {
  if (list === undefined) return undefined;
  const step = Math.floor(size);
  if (!Array.isArray(list) || !(step >= 1)) throw new Error("$partition: expected an array and a size of at least 1");
  return Array.from({ length: Math.ceil(list.length / step) }, (_, index) =>
    list.slice(index * step, (index + 1) * step),
  );
};

/** A range of one number is that number, as recorded on AWS: the result is a JSONata sequence. */
const range = (first: number, last: number, step: number): number | number[] | undefined => {
  const length = Math.floor((last - first) / step) + 1;
  if (!Number.isFinite(length) || length > longestRange) {
    throw new Error(
      `$range: expected a first number, a last number and a step other than 0 that give at most ${longestRange} numbers`,
    );
  }
  if (length < 1) return undefined;
  return length === 1 ? first : Array.from({ length }, (_, index) => first + index * step);
};

/** Mulberry32: the same seed gives the same number, though not the one that AWS gives. */
const seededRandom = (seed: number): number => {
  const mixed = (seed + 0x6d2b79f5) | 0;
  const once = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  const twice = once ^ (once + Math.imul(once ^ (once >>> 7), once | 61));
  return ((twice ^ (twice >>> 14)) >>> 0) / 2 ** 32;
};

const formatTime = jsonata("$fromMillis($time, $picture, $timezone)");

/** The functions that Step Functions adds to JSONata, and JSONata's clock functions on the execution's clock. */
export const createIntrinsicFunctions = ({ now, random, newId }: FunctionSources): IntrinsicFunctions => ({
  hash,
  partition,
  range,
  parse: (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text)),
  random: (seed?: number) => (seed === undefined ? random() : seededRandom(seed)),
  uuid: () => newId(),
  millis: () => now(),
  now: async (picture?: string, timezone?: string): Promise<unknown> =>
    formatTime.evaluate(undefined, { time: now(), picture, timezone }),
});
