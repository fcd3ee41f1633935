/** How patiently a command follows a run. */
export interface Pace {
  /** From one question to the next, in ms, for a run that it has followed so long (ms). */
  readonly pollMs: (followedMs: number) => number;
  /** How long an upload may take to start its run, in ms. */
  readonly startWithinMs: number;
}

/**
 * An embedded cloud tells the end of a run by itself and answers questions in a millisecond or two, but on the cores that the run
 * needs: how far it has come is asked five times a second, after ten seconds twice. What has not started after a minute never will:
 * the rule, or its function, is broken.
 */
export const embeddedPace: Pace = {
  pollMs: (followedMs) => Math.min(500, Math.max(200, followedMs / 20)),
  startWithinMs: 60_000,
};

/**
 * AWS throttles questions, and those to the table cost money: at 2 s a run of an hour asks 1,800 times, which is far below any limit and
 * less than a cent. An upload whose event was lost is made good by the sweep of the inbox, after 2 to 7 minutes.
 */
export const deployedPace: Pace = { pollMs: () => 2_000, startWithinMs: 10 * 60_000 };
