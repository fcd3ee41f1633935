import * as z from "zod/mini";
import { explainIssues } from "./explain-issues.ts";
import { idText, instantText, integerBetween, nameList } from "./field-schemas.ts";
import type { JsonObject } from "./json.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import type { Task } from "./task.ts";

/** A line of `schedule.jsonl` (SPEC IN2). */
export const scheduleSchema = z.object({
  task_id: idText(),
  wave: z.exactOptional(integerBetween(1, MAX_WAVE_NUMBER)),
  priority: z.exactOptional(integerBetween(0, 100)),
  agent_id: z.exactOptional(idText()),
  not_before: z.exactOptional(instantText()),
  depends_on: z.exactOptional(nameList()),
});

/** A line of schedule.jsonl: what it gives overrides the prediction of the same task (SPEC IN2). */
export type ScheduleEntry = Readonly<z.output<typeof scheduleSchema>>;

/** A schedule entry, or why its line is rejected. */
export type ParsedScheduleEntry =
  | { readonly ok: true; readonly entry: ScheduleEntry }
  | { readonly ok: false; readonly reason: string };

/** Checks a line of schedule.jsonl; fields that SPEC IN2 does not name are left out. */
export const parseScheduleEntry = (value: JsonObject): ParsedScheduleEntry => {
  const checked = scheduleSchema.safeParse(value);
  return checked.success
    ? { ok: true, entry: checked.data }
    : { ok: false, reason: explainIssues(checked.error.issues, value) };
};

/** The task as the schedule wants it; without an entry, the task itself. */
export const applySchedule = (task: Task, entry: ScheduleEntry | undefined): Task => {
  if (entry === undefined) return task;
  const { not_before: notBefore, agent_id: pin, ...overrides } = entry;
  const constraints = notBefore === undefined ? task.constraints : { ...task.constraints, not_before: notBefore };
  return { ...task, ...overrides, ...(pin !== undefined && { pinned_agent_id: pin }), constraints };
};
