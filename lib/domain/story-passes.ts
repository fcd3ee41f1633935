import type { PendingOutcome } from "./execution.ts";
import type { AttemptLogEntry, Decision, TerminalReason } from "./record.ts";
import type { StoryFacts } from "./story-facts.ts";

/** An attempt with the wait before it. */
export interface AttemptStory extends AttemptLogEntry {
  /** Since the end of the attempt before it in the same pass; null for the first. */
  readonly waited_ms: number | null;
}

/** What happened to a task in one pass. */
export interface PassStory {
  /** null: the last one, of which only the choice of its agent is on record. */
  readonly pass: number | null;
  readonly agent_id: string | null;
  /** null where the records at hand do not hold it. */
  readonly decision: Decision | null;
  readonly attempts: readonly AttemptStory[];
  /** What the pass came to; null where the records at hand do not say. */
  readonly outcome: "COMPLETED" | TerminalReason | PendingOutcome | null;
  readonly error?: string;
}

const endOf = ({ started_at, duration_ms }: AttemptLogEntry): number => Date.parse(started_at) + duration_ms;

const withWaits = (attempts: readonly AttemptLogEntry[]): readonly AttemptStory[] =>
  attempts.map((attempt, index) => {
    const before = attempts[index - 1];
    return {
      ...attempt,
      waited_ms: before === undefined ? null : Math.max(0, Date.parse(attempt.started_at) - endOf(before)),
    };
  });

const logOf = ({ record, assignments = [] }: StoryFacts): readonly AttemptLogEntry[] =>
  record?.attempt_log ?? assignments.at(-1)?.assignment.earlier ?? [];

/**
 * The passes of a task in order. Where the assignments are out of reach, only the choice of the last pass is known; a pass without
 * an attempt is then known by its number only.
 */
export const storyPasses = (facts: StoryFacts): readonly PassStory[] => {
  const { record, assignments = [] } = facts;
  const log = logOf(facts);
  const given = new Map(assignments.map(({ pass, assignment }) => [pass, assignment]));
  const numbers = [...new Set([...log.map(({ pass }) => pass), ...given.keys()])].toSorted((a, b) => a - b);
  const isWhole = record === undefined || record.passes <= numbers.length;
  const passes = numbers.map((pass, index): PassStory => {
    const attempts = log.filter((entry) => entry.pass === pass);
    const isLast = index === numbers.length - 1 && isWhole;
    const next = given.get(numbers[index + 1] ?? 0);
    const ended = isLast && record !== undefined ? (record.reason ?? "COMPLETED") : null;
    const error = next?.last_error ?? attempts.at(-1)?.error ?? (isLast ? record?.error : undefined);
    return {
      pass,
      agent_id: given.get(pass)?.agent_id ?? attempts[0]!.agent_id,
      decision: given.get(pass)?.decision ?? (isLast ? (record?.decision ?? null) : null),
      attempts: withWaits(attempts),
      outcome: next?.last_outcome ?? ended,
      ...(error !== undefined && { error }),
    };
  });
  if (isWhole || record.decision === null) return passes;
  const { reason, decision, error } = record;
  const last = { pass: null, agent_id: null, decision, attempts: [], outcome: reason };
  return [...passes, error === undefined ? last : { ...last, error }];
};
