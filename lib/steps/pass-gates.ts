import { type AgentState, OFFLINE_BY_OWNER } from "../domain/agent.ts";
import type { ExecutionOutcome } from "../domain/execution.ts";
import { checkGates, type GateVerdict } from "../domain/gates.ts";
import { limits } from "../domain/function-environment.ts";
import { cutText, MAX_ERROR_BYTES } from "../domain/result-size.ts";
import { type AttemptInput, type AttemptPorts, timeoutMsOf } from "./attempt-ports.ts";

/** How long an executor waits at the gates before it gives the task back: a longer wait would be billed as Lambda time. */
export const MAX_GATE_WAIT_MS = 60_000;

/** Kept free at the end of a child execution, to hand its results over. */
const CHILD_RESERVE_MS = 10_000;

export type Gates =
  | { readonly pass: true; readonly agent: AgentState }
  | { readonly pass: false; readonly ended: { readonly outcome: ExecutionOutcome; readonly error: string } };

const outcomeOf = (verdict: Extract<GateVerdict, { pass: false }>, agent: AgentState | undefined): ExecutionOutcome => {
  switch (verdict.action) {
    case "block":
      return "blocked_by_gate";
    case "skip":
      return "dependency_failed";
    case "wait":
      return "deferred";
    case "backup":
      // Without a live lease the pass has outlived its reservation: the next one makes a new one, and none is spent.
      return agent?.online === true ? "deferred" : "agent_offline";
  }
};

/**
 * Asks the four gates (SPEC E1) with the facts as they are now, waits where they say so, and locks the task's resources.
 * The caller releases them ({@link releaseResources}) when the attempt has ended.
 */
export const passGates = async (input: AttemptInput, ports: AttemptPorts): Promise<Gates> => {
  const { batch, assignment } = input;
  const { task } = assignment;
  const latestStart = latestStartOf(input);
  const waitUntil = Math.min(latestStart, ports.clock.now() + MAX_GATE_WAIT_MS);
  let slotAt: number | undefined;
  for (;;) {
    const fleet = await ports.fleetCache.read(batch.fleet, batch.assigned_at);
    const agent = fleet.agent(assignment.agent_id);
    const now = ports.clock.now();
    if (now > latestStart) return outOfTime(input);
    const held = await lockResources(input, now, ports);
    const verdict = checkGates({
      task,
      agent,
      // A probe is not for an agent that its owner has taken out since.
      probe: assignment.decision.probe === true && agent?.offline_reason !== OFFLINE_BY_OWNER,
      leaseLive: fleet.hasLiveLease(
        { agentId: assignment.agent_id, runId: batch.run_id, wave: batch.wave, pass: batch.pass },
        now,
      ),
      resourcesHeldBy: held,
      dependencies: assignment.dependencies_completed
        ? Object.fromEntries(task.depends_on.map((id) => [id, "COMPLETED"] as const))
        : {},
      wave: batch.wave,
      now,
      rateWaitMs: slotAt === undefined ? 0 : Math.max(0, slotAt - now),
    });
    // A token is taken last, so that no other refusal wastes it; while it is waited for, the other facts may change.
    if (verdict.pass && agent?.online === true && agent.rate_limit_per_second !== undefined && slotAt === undefined) {
      slotAt =
        (await ports.fleet.reserveSlot(batch.fleet, agent, now, Math.max(0, waitUntil - now))) ??
        Number.POSITIVE_INFINITY;
      if (!(slotAt <= now)) {
        await releaseResources(input, ports);
        continue;
      }
    }
    // A missing agent does not pass gate 2.
    if (verdict.pass) return { pass: true, agent: agent as AgentState };
    await releaseResources(input, ports);
    const waitMs = verdict.action === "wait" ? (verdict.waitMs ?? Number.POSITIVE_INFINITY) : 0;
    if (verdict.action === "wait" && now + waitMs <= waitUntil) {
      await ports.clock.sleep(waitMs);
      continue;
    }
    return refused(input, verdict, agent, ports);
  }
};

/**
 * The latest moment at which an attempt may start: one that cannot end within the five minutes of its child execution would be lost
 * with the whole batch.
 */
const latestStartOf = (input: AttemptInput): number =>
  Date.parse(input.child_started_at) +
  limits.expressChildSeconds * 1_000 -
  CHILD_RESERVE_MS -
  (input.batch.safety_gate?.timeout_seconds ?? 0) * 1_000 -
  timeoutMsOf(input);

const outOfTime = (input: AttemptInput): Gates => {
  const error = `the child execution has no time left for an attempt of ${timeoutMsOf(input) / 1_000} s`;
  return { pass: false, ended: { outcome: "deferred", error } };
};

/**
 * Asks the Phase 13 gate, where the run has one, whether the attempt may be made (SPEC E1). What it refuses, or leaves unanswered, is
 * final.
 */
export const passSafetyGate = async (
  { batch, assignment }: AttemptInput,
  attempt: number,
  ports: AttemptPorts,
): Promise<{ readonly outcome: ExecutionOutcome; readonly error: string } | undefined> => {
  if (batch.safety_gate === undefined) return undefined;
  const { task, agent_id } = assignment;
  const { run_id, wave } = batch;
  const verdict = await ports.askSafetyGate(batch.safety_gate, {
    check: "check_safety_gates",
    run_id,
    wave,
    task_id: task.task_id,
    agent_id,
    attempt,
    payload: task.payload,
    constraints: task.constraints,
  });
  if (verdict.pass) return undefined;
  const reasons = verdict.reasons.join("; ");
  ports.log.warn("gate refused", { run_id, wave, task_id: task.task_id, agent_id, gate: "phase 13", reasons });
  return { outcome: "blocked_by_gate", error: cutText(`phase 13 gate: ${reasons}`, MAX_ERROR_BYTES) };
};

const holderOf = ({ batch, assignment }: AttemptInput): string => `${batch.run_id}#${assignment.task.task_id}`;

/** Unlocks what {@link passGates} locked for the task. */
export const releaseResources = async (input: AttemptInput, ports: AttemptPorts): Promise<void> => {
  const { resources } = input.assignment.task;
  if (resources.length > 0) await ports.fleet.releaseResources(input.batch.fleet, resources, holderOf(input));
};

const lockResources = async (
  input: AttemptInput,
  now: number,
  ports: AttemptPorts,
): Promise<readonly { resource: string; holder: string }[]> => {
  const { resources } = input.assignment.task;
  if (resources.length === 0) return [];
  const until = now + MAX_GATE_WAIT_MS + timeoutMsOf(input);
  return ports.fleet.acquireResources(input.batch.fleet, resources, holderOf(input), until, now);
};

const refused = (
  { batch, assignment }: AttemptInput,
  verdict: Extract<GateVerdict, { pass: false }>,
  agent: AgentState | undefined,
  ports: AttemptPorts,
): Gates => {
  const reasons = verdict.reasons.join("; ");
  ports.log.warn("gate refused", {
    run_id: batch.run_id,
    wave: batch.wave,
    task_id: assignment.task.task_id,
    agent_id: assignment.agent_id,
    gate: verdict.gate,
    action: verdict.action,
    reasons,
  });
  return {
    pass: false,
    ended: { outcome: outcomeOf(verdict, agent), error: cutText(`gate ${verdict.gate}: ${reasons}`, MAX_ERROR_BYTES) },
  };
};
