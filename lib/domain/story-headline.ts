import type { TaskRecord, TerminalReason } from "./record.ts";
import type { Rejection } from "./rejection.ts";
import { cutText, listNames } from "./report-figures.ts";
import type { DependencyStory, StoryFacts } from "./story-facts.ts";

const told = (error: string | undefined): string => (error === undefined ? "no error is on record" : cutText(error));

const completedHow = ({ agent_id, attempts, passes, attempt_log: log }: TaskRecord): string => {
  const before = log.slice(0, -1);
  const failed = before.at(-1);
  if (failed === undefined) {
    return `at its first attempt, on ${agent_id}${passes > 1 ? `, in pass ${passes}` : ""}`;
  }
  const others = [...new Set(before.map((entry) => entry.agent_id))].filter((id) => id !== agent_id);
  if (others.length > 0) return `on backup ${agent_id} after ${listNames(others)} failed: ${told(failed.error)}`;
  const failures = attempts === 2 ? "1 failed" : `${attempts - 1} failed`;
  return `on ${agent_id} at attempt ${attempts}, after ${failures}: ${told(failed.error)}`;
};

const heldUp = (record: TaskRecord, dependencies: readonly DependencyStory[]): string => {
  const guilty = dependencies.find(({ status }) => status !== "COMPLETED");
  const why = [guilty?.reason, guilty?.error].filter((part) => part !== undefined && part !== null).join(": ");
  return `it ${told(record.error)}${why === "" ? "" : ` (${cutText(why)})`}`;
};

const allAttempts = ({ attempts, agent_id }: TaskRecord): string => {
  if (attempts === 0) return "no attempt of it came to an end";
  return attempts === 1
    ? `its only attempt, on ${agent_id}, failed`
    : `all ${attempts} attempts failed, the last on ${agent_id}`;
};

const causeOf = (record: TaskRecord, reason: TerminalReason, dependencies: readonly DependencyStory[]): string => {
  const { attempts, agent_id } = record;
  const error = told(record.error);
  switch (reason) {
    case "permanent":
      return `its agent ${agent_id} said permanent: ${error}`;
    case "retries_exhausted":
      return `${allAttempts(record)}: ${error}`;
    case "timed_out":
      return attempts === 0
        ? `it never came to an attempt: ${error}`
        : `${agent_id} gave no answer within the time limit: ${error}`;
    case "agent_offline":
      return `its agent was OFFLINE and no backup was left: ${error}`;
    case "unassignable":
      return `no agent may take it: ${error}`;
    case "blocked_by_gate":
      return `a gate refused it: ${error}`;
    case "cycle":
      return `it depends on itself: ${error.replace(/^cycle: /u, "")}`;
    case "unknown_dependency":
      return `it depends on what is not in the run: ${error.replace(/^unknown dependency: /u, "")}`;
    case "dependency_failed":
      return heldUp(record, dependencies);
    case "cancelled":
      return `the run was cancelled: ${error}`;
    case "budget_exhausted":
      return `the budget of the run was used up: ${error}`;
  }
};

const rejectedHeadline = ({ file, line, reason }: Rejection): string =>
  `line ${line} of ${file} was rejected: ${cutText(reason.replace(/^line \d+: /u, ""))}`;

const unfinishedHeadline = ({ task_id, planned, assignments = [] }: StoryFacts): string => {
  const last = assignments.at(-1);
  if (last !== undefined) return `${task_id} has not ended: pass ${last.pass} gave it to ${last.assignment.agent_id}`;
  return planned === undefined
    ? `${task_id} has no record`
    : `${task_id} has not ended: it waits for wave ${planned.wave}`;
};

/** One sentence that answers why a task ended as it did. */
export const storyHeadline = (facts: StoryFacts): string => {
  const { task_id, record, rejected, dependencies } = facts;
  const [rejection] = rejected;
  if (record === undefined) return rejection === undefined ? unfinishedHeadline(facts) : rejectedHeadline(rejection);
  if (record.reason === null) return `${task_id} COMPLETED ${completedHow(record)}`;
  return `${task_id} ${record.status} because ${causeOf(record, record.reason, dependencies)}`;
};
