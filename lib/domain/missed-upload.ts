/** A predictions file may have been announced so late; a younger one is left to its event. */
const SETTLE_MS = 2 * 60_000;

/**
 * How far back uploads are made good. AWS lets a name be used again 90 days after its execution ended, so what is older may have had
 * a run that nobody remembers.
 */
const REACH_MS = 24 * 3_600_000;

/** Tells whether a key names predictions that start a run: the keys that the trigger's wildcard takes. */
export const startsRun = (key: string): boolean => /^inbox\/.*\/predictions\.jsonl$/su.test(key);

/** Tells whether the event of an upload (epoch ms) must have arrived by now, and its run still be known if there was one. */
export const isOverdue = (uploadedAt: number, now: number): boolean => {
  const age = now - uploadedAt;
  return age >= SETTLE_MS && age <= REACH_MS;
};
