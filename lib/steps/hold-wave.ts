import { explainExhausted, findExhausted } from "../domain/budget.ts";
import type { Clock, RunStore } from "../domain/ports.ts";
import { explainCancelled, nextPauseCheck, nextWaitCheck, type RunControl } from "../domain/run-control.ts";
import type { RunItem } from "../domain/run-item.ts";
import type { Halt } from "./read-candidates.ts";

interface HoldPorts {
  readonly clock: Pick<Clock, "now">;
  readonly runs: Pick<RunStore, "readSpent">;
}

/** The wait for a start that lies ahead, as the state machine carries it on. */
export const waitFor = (
  target: number,
  now: number,
  waves: number,
): { readonly resume_at: string; readonly wait_until: string } => ({
  resume_at: new Date(target).toISOString(),
  wait_until: new Date(nextWaitCheck(target, now, waves)).toISOString(),
});

/** Until when the step has nothing to do (epoch ms); undefined where it goes on now. */
export const waitOf = (
  { resume_at }: { readonly resume_at?: string },
  control: RunControl,
  now: number,
  waves: number,
): number | undefined => {
  if (control.state === "CANCELLED") return undefined;
  if (control.state === "PAUSED") return nextPauseCheck(control, now, waves);
  const target = resume_at === undefined ? now : Date.parse(resume_at);
  return target > now ? nextWaitCheck(target, now, waves) : undefined;
};

/** Why nothing of the run may start any more. */
export const haltOf = async (run: RunItem, control: RunControl, ports: HoldPorts): Promise<Halt | undefined> => {
  if (control.state === "CANCELLED") return { reason: "cancelled", error: explainCancelled(control) };
  const { budget } = run.config;
  if (budget === undefined) return undefined;
  const seconds = (ports.clock.now() - Date.parse(run.started_at)) / 1_000;
  const over = findExhausted(budget, await ports.runs.readSpent(run.run_id), seconds);
  return over === undefined ? undefined : { reason: "budget_exhausted", error: explainExhausted(over) };
};
