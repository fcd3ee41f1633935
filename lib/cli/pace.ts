/** How patiently a command follows a run. */
export interface Pace {
  /** Between two questions, in ms. */
  readonly pollMs: number;
  /** How long an upload may take to start its run, in ms. */
  readonly startWithinMs: number;
}

/** An embedded cloud answers in a millisecond; what has not started after a minute never will: the rule, or its function, is broken. */
export const embeddedPace: Pace = { pollMs: 150, startWithinMs: 60_000 };

/**
 * AWS throttles questions, and those to the table cost money: at 2 s a run of an hour asks 1,800 times, which is far below any limit and
 * less than a cent. An upload whose event was lost is made good by the sweep of the inbox, after 2 to 7 minutes.
 */
export const deployedPace: Pace = { pollMs: 2_000, startWithinMs: 10 * 60_000 };
