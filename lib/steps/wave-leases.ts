import type { AssignmentPlan } from "../domain/assign.ts";
import { leaseDurationMs } from "../domain/dispatch.ts";
import type { FleetState, FleetStore, Lease } from "../domain/ports.ts";
import type { RunItem } from "../domain/run-item.ts";

type Run = Pick<RunItem, "run_id" | "config">;

/**
 * Reads the fleet and frees the leases of the wave's earlier passes, whose tasks have ended or are pending again, and of an earlier try
 * of the same step. Gives the fleet without them.
 */
export const freeOwnLeases = async (
  { run_id, config }: Run,
  wave: number,
  now: number,
  fleet: Pick<FleetStore, "read" | "deleteLeases">,
): Promise<FleetState> => {
  const { agents, leases } = await fleet.read(config.fleet, now);
  const isOwn = (lease: Lease): boolean => lease.runId === run_id && lease.wave === wave;
  await fleet.deleteLeases(config.fleet, leases.filter(isOwn));
  const others = leases.filter((lease) => !isOwn(lease));
  // Summed up again: what a subtraction leaves in the last bit would break ties another way when the step runs again.
  const loads = new Map<string, number>();
  for (const { agentId, weight } of others) loads.set(agentId, (loads.get(agentId) ?? 0) + weight);
  return {
    agents: agents.map((agent) => ({ ...agent, current_load: loads.get(agent.id) ?? 0 })),
    leases: others,
  };
};

interface Reservation extends Pick<FleetState, "agents"> {
  readonly wave: number;
  readonly pass: number;
  readonly now: number;
  readonly plan: AssignmentPlan;
}

/** Takes a lease on each agent for the weight that the plan gives it, for as long as the pass may take. */
export const reserveLoads = async (
  { run_id, config }: Run,
  { wave, pass, now, agents, plan }: Reservation,
  fleet: Pick<FleetStore, "putLeases">,
): Promise<void> => {
  const expiresAt = now + leaseDurationMs(plan.order.length, config.dispatch_concurrency);
  const leases = agents
    .map((agent, index) => ({
      agentId: agent.id,
      runId: run_id,
      wave,
      pass,
      weight: plan.loadOf[index]!,
      expiresAt,
    }))
    .filter(({ weight }) => weight > 0);
  await fleet.putLeases(config.fleet, leases);
};
