import { planWaves } from "../../lib/domain/plan.ts";
import type { Plan, PlanItem } from "../../lib/domain/plan.ts";

/** A task that nothing constrains, but for the fields given. */
export const item = (taskId: string, fields: Partial<PlanItem> = {}): PlanItem => ({
  taskId,
  dependsOn: [],
  resources: [],
  ...fields,
});

/** Tasks t0, t1, … */
export const items = (count: number, fields: Partial<PlanItem> = {}): PlanItem[] =>
  Array.from({ length: count }, (_, index) => item(`t${index}`, fields));

/** Each task depends on the next one and the last on the first. */
export const ring = (count: number): PlanItem[] =>
  Array.from({ length: count }, (_, index) => item(`t${index}`, { dependsOn: [`t${(index + 1) % count}`] }));

export const plan = (tasks: readonly PlanItem[], numWaves = 3, waveConcurrency = 1, maxPasses = 2): Plan =>
  planWaves(tasks, { numWaves, waveConcurrency, maxPasses });
