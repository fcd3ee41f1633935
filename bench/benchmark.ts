/** Flat figures of one measurement, each named with its unit. */
export type Figures = Readonly<Record<string, number>>;

/** Something that is measured in processes of its own, so that none warms another. */
export interface Benchmark {
  readonly name: string;
  /** What is done, in a few words. */
  readonly what: string;
  /** How many processes measure it; the median of each figure is what to quote. */
  readonly processes: number;
  /** The figure to look at first. */
  readonly headline: string;
  readonly measure: () => Promise<Figures>;
}

/** What the processes of a benchmark gave: medians, but the highest peak; and the headline of each process. */
export interface Measured {
  readonly name: string;
  readonly processes: number;
  readonly headline: string;
  readonly all: readonly number[];
  readonly figures: Figures;
}

/** The middle of several numbers, the upper one of two. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const isPeak = (figure: string): boolean => figure.startsWith("peak_");

const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

/** Sums up what the processes of a benchmark gave. */
export const summarize = ({ name, headline }: Benchmark, runs: readonly Figures[]): Measured => {
  const of = (figure: string): readonly number[] => runs.map((run) => run[figure] ?? Number.NaN);
  const figures = Object.keys(runs[0] ?? {}).map((figure) => {
    const values = of(figure);
    return [figure, rounded(isPeak(figure) ? Math.max(...values) : median(values))] as const;
  });
  return {
    name,
    processes: runs.length,
    headline,
    all: of(headline).map(rounded),
    figures: Object.fromEntries(figures),
  };
};
