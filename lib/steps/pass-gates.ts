import type { AgentState } from "../domain/agent.ts";
import type { ExecutionOutcome } from "../domain/execution.ts";
import { checkGates, type GateVerdict } from "../domain/gates.ts";
import { cutText, MAX_ERROR_BYTES } from "../domain/result-size.ts";
import type { ExecuteTaskInput, ExecuteTaskPorts } from "./execute-task.ts";

/**
 * How long an executor waits for a rate limit before it gives the task back. Longer waits would be billed as Lambda time and
 * eat the five minutes of the Express child.
 */
export const MAX_GATE_WAIT_MS = 60_000;

export type Gates =
  | { readonly pass: true; readonly agent: AgentState; readonly release: () => Promise<void> }
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
      return agent?.online === true ? "resource_held" : "agent_offline";
  }
};

/**
 * Asks the four gates (SPEC E1) with the facts as they are now, waits where they say so, and locks the task's resources.
 * The caller releases them when the attempt has ended.
 */
export const passGates = async (input: ExecuteTaskInput, ports: ExecuteTaskPorts): Promise<Gates> => {
  const { batch, assignment } = input;
  const { task } = assignment;
  const holder = `${batch.run_id}#${task.task_id}`;
  let waitedMs = 0;
  let slotAt: number | undefined;
  for (;;) {
    const fleet = await ports.fleetCache.read(batch.fleet, batch.assigned_at);
    const agent = fleet.agent(assignment.agent_id);
    const now = ports.clock.now();
    if (agent?.rate_limit_per_second !== undefined && agent.online && slotAt === undefined) {
      slotAt = (await ports.fleet.reserveSlot(batch.fleet, agent, now, MAX_GATE_WAIT_MS)) ?? Number.POSITIVE_INFINITY;
    }
    const held = await lockResources(input, holder, now, ports);
    const verdict = checkGates({
      task,
      agent,
      probe: assignment.decision.probe === true,
      leaseLive: fleet.hasLiveLease(
        { agentId: assignment.agent_id, runId: batch.run_id, wave: batch.wave, pass: batch.pass },
        now,
      ),
      resourcesHeldBy: held,
      dependencies: assignment.dependencies ?? {},
      wave: batch.wave,
      now,
      rateWaitMs: slotAt === undefined ? 0 : Math.max(0, slotAt - now),
    });
    const release = async (): Promise<void> => {
      if (task.resources.length > 0) await ports.fleet.releaseResources(batch.fleet, task.resources, holder);
    };
    // A missing agent does not pass gate 2.
    if (verdict.pass) return { pass: true, agent: agent as AgentState, release };
    await release();
    const waitMs = verdict.action === "wait" ? (verdict.waitMs ?? Number.POSITIVE_INFINITY) : 0;
    if (verdict.action === "wait" && waitedMs + waitMs <= MAX_GATE_WAIT_MS) {
      await ports.clock.sleep(waitMs);
      waitedMs += waitMs;
      continue;
    }
    return refused(input, verdict, agent, ports);
  }
};

const lockResources = async (
  { batch, assignment }: ExecuteTaskInput,
  holder: string,
  now: number,
  ports: ExecuteTaskPorts,
): Promise<readonly { resource: string; holder: string }[]> => {
  const { resources } = assignment.task;
  if (resources.length === 0) return [];
  const until = now + MAX_GATE_WAIT_MS + batch.task_timeout_seconds * 1_000;
  return ports.fleet.acquireResources(batch.fleet, resources, holder, until, now);
};

const refused = (
  { batch, assignment }: ExecuteTaskInput,
  verdict: Extract<GateVerdict, { pass: false }>,
  agent: AgentState | undefined,
  ports: ExecuteTaskPorts,
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
