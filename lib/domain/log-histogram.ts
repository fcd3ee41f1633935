/** How many bins a factor of ten has: each is 26 % wider than the one before. */
const binsPerDecade = 10;

/** The bins up to ten days; what is longer counts in the last one. */
const lastBin = 9 * binsPerDecade - 1;

/** One bar of a histogram of times. */
export interface HistogramBin {
  /** Milliseconds; the first bin holds everything below its end as well. */
  readonly from_ms: number;
  /** Milliseconds, itself not in the bin. */
  readonly to_ms: number;
  readonly count: number;
}

/** Times counted in bins that grow with them, so that milliseconds and hours fit into one picture. */
interface LogHistogram {
  add(milliseconds: number): void;
  /** From the first bin that holds anything to the last, empty ones between them included. */
  bins(): readonly HistogramBin[];
}

const edge = (bin: number): number => 10 ** (bin / binsPerDecade);

/** Starts an empty histogram. It holds 90 numbers, however many times are added. */
export const createLogHistogram = (): LogHistogram => {
  const counts = new Map<number, number>();
  return {
    add: (milliseconds) => {
      // The slack puts 1,000 ms, whose logarithm may come out a bit under 3, into the bin that begins there.
      const bin = Math.floor(Math.log10(Math.max(1, milliseconds)) * binsPerDecade + 1e-9);
      const index = Math.min(lastBin, bin);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    },
    bins: () => {
      const all = Array.from({ length: lastBin + 1 }, (_, bin) => ({
        from_ms: edge(bin),
        to_ms: edge(bin + 1),
        count: counts.get(bin) ?? 0,
      }));
      const holds = ({ count }: HistogramBin): boolean => count > 0;
      return all.slice(Math.max(0, all.findIndex(holds)), all.findLastIndex(holds) + 1);
    },
  };
};
