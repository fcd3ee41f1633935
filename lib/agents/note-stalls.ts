import type { AgentCaller } from "../domain/agent-request.ts";
import type { Stall } from "../domain/agent-watch.ts";
import type { Log } from "../domain/ports.ts";

/** Attempts shorter than this cost no write; the default of `stuck_seconds`, and watch-agents comes by once a minute anyway. */
const NOTED_AFTER_MS = 30_000;

interface StallPorts {
  readonly stalls: { put(stall: Stall): Promise<void>; remove(stall: Stall): Promise<void> };
  readonly now: () => number;
  readonly log: Pick<Log, "warn">;
}

/**
 * Calls agents as `callAgent` does, and puts on record which attempts are unanswered for 30 s, as long as they are: that is how
 * watch-agents learns of an agent that is stuck. A record that cannot be written is logged: it must not undo what the agent did.
 */
export const noteStalls =
  (callAgent: AgentCaller, { stalls, now, log }: StallPorts): AgentCaller =>
  async (agent, request, context) => {
    if (context.timeoutMs <= NOTED_AFTER_MS) return callAgent(agent, request, context);
    const { run_id, wave, task_id, deadline } = request;
    const stall: Stall = { run_id, wave, agent_id: agent.id, task_id, since: now(), until: Date.parse(deadline) };
    const orWarn = (write: Promise<void>): Promise<void> =>
      write.catch((error: unknown) => {
        log.warn("stall not on record", { run_id, task_id, agent_id: agent.id, error: String(error) });
      });
    let noted: Promise<void> | undefined;
    const note = (): void => {
      noted = orWarn(stalls.put(stall));
    };
    const timer = setTimeout(note, NOTED_AFTER_MS);
    try {
      return await callAgent(agent, request, context);
    } finally {
      clearTimeout(timer);
      if (noted !== undefined) {
        await noted;
        await orWarn(stalls.remove(stall));
      }
    }
  };
