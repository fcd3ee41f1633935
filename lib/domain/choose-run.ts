import { closestName } from "./did-you-mean.ts";
import { listNames } from "./report-figures.ts";

/** A run that a name may mean. */
export interface NamedRun {
  readonly runId: string;
  /** Epoch milliseconds; the largest one is the latest run. */
  readonly at: number;
}

/** A run, or one sentence that says why there is none and what there is. */
export type ChosenRun<Run> = { readonly ok: true; readonly run: Run } | { readonly ok: false; readonly reason: string };

/** The run that was probably meant, also where only the beginning of its id was given. */
const nearest = (name: string, ids: readonly string[]): string => {
  const beginnings = new Map(ids.map((id) => [id.slice(0, name.length), id]));
  const meant = closestName(name, ["latest", ...ids, ...beginnings.keys()]);
  return meant === undefined ? "" : `; did you mean ${beginnings.get(meant) ?? meant}`;
};

/** Finds the run that is meant by its id, the beginning of its id that no other one has, or `latest`. */
export const chooseRun = <Run extends NamedRun>(name: string, runs: readonly Run[], place: string): ChosenRun<Run> => {
  const exact = runs.find(({ runId }) => runId === name);
  if (exact !== undefined) return { ok: true, run: exact };
  const newestFirst = runs.toSorted((a, b) => b.at - a.at);
  const [latest] = newestFirst;
  if (latest === undefined) return { ok: false, reason: `run ${name}: expected a run of ${place}, there is none` };
  if (name === "latest") return { ok: true, run: latest };
  const begun = newestFirst.filter(({ runId }) => runId.startsWith(name));
  const [first, ...others] = begun;
  if (first !== undefined && others.length === 0) return { ok: true, run: first };
  const ids = (begun.length > 0 ? begun : newestFirst).map(({ runId }) => runId);
  const reason =
    begun.length > 0
      ? `run ${name}: expected the beginning of one run id, ${begun.length} begin so: ${listNames(ids)}`
      : `run ${name}: expected a run of ${place}${nearest(name, ids)}; there are: ${listNames(ids)}`;
  return { ok: false, reason };
};
