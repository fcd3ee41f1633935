/** What the operator wants of a run (pk `RUN#<id>`, sk `CONTROL`); a run that nobody touched is to RUN. */
export interface RunControl {
  readonly state: "RUN" | "PAUSED" | "CANCELLED";
  /** ISO 8601; absent where nobody touched the run. */
  readonly since?: string;
}

/** How old an executor's view of a run's control may be: after `pause` nothing new starts within 5 s, reading and writing included. */
export const CONTROL_CACHE_MS = 4_000;

/** A question to the table costs an invocation and events of the execution's history, which has 25,000: long waits ask rarely. */
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * When a paused wave asks again whether it may go on (epoch ms): after a tenth of the pause so far, 2 s at the least, an hour at the
 * most. `waves` side by side share the events, so each of them asks less often.
 */
export const nextPauseCheck = (control: RunControl, now: number, waves: number): number => {
  const paused = control.since === undefined ? 0 : now - Date.parse(control.since);
  return now + Math.min(Math.max(paused / 10, SHORTEST_PAUSE_MS * waves), LONGEST_PAUSE_MS);
};

/** Shortest time between two questions of a run that waits for a task's `not_before`. */
const SHORTEST_WAIT_MS = 60_000;

/** When a wave that waits until `target` (epoch ms) asks whether the run was cancelled: after a tenth of what is left, a minute at the least. */
export const nextWaitCheck = (target: number, now: number, waves: number): number =>
  Math.min(target, now + Math.max((target - now) / 10, SHORTEST_WAIT_MS * waves));

/** Why a task of a cancelled run ended. */
export const explainCancelled = ({ since }: Pick<RunControl, "since">): string => `the run was cancelled at ${since}`;
