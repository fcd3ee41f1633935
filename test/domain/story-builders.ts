import type { Assignment } from "../../lib/domain/execution.ts";
import type { Decision } from "../../lib/domain/record.ts";
import type { PassAssignment, StoryFacts } from "../../lib/domain/story-facts.ts";
import type { PlannedTask, Task } from "../../lib/domain/task.ts";
import { completed } from "./report-builders.ts";

export const decision = (changes: Partial<Decision> = {}): Decision => ({
  strategy: "LOAD_BALANCED",
  load: 0.2,
  eligible: 3,
  passed_over: {},
  ...changes,
});

/** task_1 in wave 1, as planning left it. */
export const planned = (changes: Partial<Task> = {}): PlannedTask => ({
  task: {
    task_id: "task_1",
    success_rate: 0.9,
    confidence: 0.8,
    priority: 50,
    capabilities: [],
    depends_on: [],
    resources: [],
    constraints: {},
    payload: null,
    ...changes,
  },
  wave: 1,
  weight: 1,
});

/** What a pass gave to agent_0. */
export const given = (pass: number, changes: Partial<Assignment> = {}): PassAssignment => ({
  pass,
  assignment: { ...planned(), agent_id: "agent_0", decision: decision(), ...changes },
});

/** A task that completed at its first attempt, with its record and nothing else. */
export const facts = (changes: Partial<StoryFacts> = {}): StoryFacts => ({
  run_id: "run-1",
  task_id: "task_1",
  record: completed({ decision: decision() }),
  planned: undefined,
  assignments: undefined,
  dependencies: [],
  signals: [],
  rejected: [],
  ...changes,
});
