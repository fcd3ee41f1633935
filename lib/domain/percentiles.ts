/** Percentiles of latencies in milliseconds by nearest rank; null where none was added. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** A store of latencies: eight bytes each, so a million take 8 MB. */
interface Latencies {
  add(milliseconds: number): void;
  quantiles(): Quantiles;
}

/** Starts an empty store; the percentiles are exact, since it keeps every value. */
export const createLatencies = (): Latencies => {
  let values = new Float64Array(1024);
  let count = 0;
  return {
    add: (milliseconds) => {
      if (count === values.length) {
        const grown = new Float64Array(count * 2);
        grown.set(values);
        values = grown;
      }
      values[count] = milliseconds;
      count += 1;
    },
    quantiles: () => {
      const sorted = values.slice(0, count).sort();
      const nearestRank = (percent: number): number | null => sorted[Math.ceil((percent * count) / 100) - 1] ?? null;
      return { p50: nearestRank(50), p95: nearestRank(95), p99: nearestRank(99) };
    },
  };
};
