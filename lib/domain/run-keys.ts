const passesUpTo = (passes: number): readonly number[] => Array.from({ length: passes }, (_, index) => index + 1);

/**
 * Where the objects of a run stand in the bucket. One place for all names, so that a step finds what another wrote.
 * `wave` and `pass` are numbers from 1.
 */
export const runKeys = (runId: string) => {
  const run = `runs/${runId}`;
  const wave = (n: number) => `${run}/waves/${n}`;
  return {
    plan: `${run}/plan.json`,
    /** Terminal records of the tasks that planning set aside. */
    planRecords: `${run}/plan-records.jsonl`,
    planFigures: `${run}/plan-figures.json`,
    /** Prefix of all objects of waves. */
    waves: `${run}/waves/`,
    tasks: (n: number) => `${wave(n)}/tasks.jsonl`,
    assignments: (n: number, pass: number) => `${wave(n)}/pass-${pass}/assignments.jsonl`,
    /** Tasks that wait for a later pass. */
    deferred: (n: number, pass: number) => `${wave(n)}/pass-${pass}/deferred.jsonl`,
    /** Tasks that a pass starts from; pass 1 starts from `tasks`. */
    pending: (n: number, pass: number) =>
      pass === 1 ? `${wave(n)}/tasks.jsonl` : `${wave(n)}/pass-${pass}/pending.jsonl`,
    results: (n: number, pass: number) => `${wave(n)}/pass-${pass}/results`,
    /** Terminal records that the start of a pass came to: tasks that ended in the pass before, and those that found no agent. */
    records: (n: number, pass: number) => `${wave(n)}/pass-${pass}/records.jsonl`,
    /** What those records add up to. */
    figures: (n: number, pass: number) => `${wave(n)}/pass-${pass}/figures.json`,
    /** Where the terminal records of a wave stand after `passes` passes, in order. */
    waveRecords: (n: number, passes: number) =>
      passesUpTo(passes).map((pass) => `${wave(n)}/pass-${pass}/records.jsonl`),
    waveFigures: (n: number, passes: number) =>
      passesUpTo(passes).map((pass) => `${wave(n)}/pass-${pass}/figures.json`),
    ledger: (n: number) => `${wave(n)}/learning_signals.jsonl`,
    /** The same once more, in an object of its own. */
    ledgerBackup: (n: number) => `${wave(n)}/learning_signals.backup.jsonl`,
    taskOutput: (taskId: string) => `${run}/outputs/${taskId}.json`,
    output: (file: OutputFile) => `${run}/output/${file}`,
  };
};

/** The files that a person wants of a run (SPEC O1). */
export const outputFiles = [
  "learning_signals.jsonl",
  "learning_signals.backup.json",
  "system_health.json",
  "metrics_summary.json",
  "execution_report.md",
  "results.jsonl",
  "rejected.jsonl",
] as const;
export type OutputFile = (typeof outputFiles)[number];

/** The objects of an inbox folder; only the predictions start a run. */
export const inboxKeys = (name: string) => ({
  predictions: `inbox/${name}/predictions.jsonl`,
  schedule: `inbox/${name}/schedule.jsonl`,
  config: `inbox/${name}/config.json`,
});
