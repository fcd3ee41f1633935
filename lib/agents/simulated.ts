import type { AgentOutcome } from "../domain/agent-request.ts";
import { randomFor } from "../domain/random.ts";
import type { AgentCall, EndpointOf, KindCaller, Sleep } from "./agent-call.ts";

/** Thrown where a simulated agent breaks what calls it; the call of the agent does not catch it, so that the run shows how it survives that. */
class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

/**
 * Whether the task can succeed on this agent is drawn once, whatever the attempt: that is what makes a prediction right or wrong
 * and a backup agent worth trying.
 */
const drawOutcome = ({ bias }: EndpointOf<"simulated">, { agent, context }: AgentCall): AgentOutcome => {
  const { task, seed } = context;
  const probability = Math.min(1, Math.max(0, task.success_rate + bias));
  return randomFor("outcome", seed, task.task_id, agent.id) < probability
    ? { kind: "answered", answer: { success: true, output: { simulated: true } } }
    : {
        kind: "permanent",
        error: `simulated failure: drawn with a success probability of ${probability.toFixed(2)} on ${agent.id}`,
      };
};

/**
 * An agent that draws its outcomes, the same ones for the same (seed, task, agent, pass, attempt) (SPEC E4). The chances of one
 * attempt are drawn in the order crash, hang, transient failure, outcome.
 */
export const createSimulatedCaller =
  ({ sleep }: { readonly sleep: Sleep }): KindCaller<"simulated"> =>
  async (endpoint, call) => {
    const { agent, request, context } = call;
    const happens = (what: string, rate: number): boolean =>
      rate > 0 && randomFor(what, context.seed, context.task.task_id, agent.id, context.pass, request.attempt) < rate;

    if (happens("crash", endpoint.crash_rate)) {
      throw new SimulatedCrash(`simulated crash of ${agent.id}`);
    }
    if (happens("hang", endpoint.hang_rate) || endpoint.latency_ms >= context.timeoutMs) {
      await sleep(context.timeoutMs);
      return { kind: "timed_out" };
    }
    if (endpoint.latency_ms > 0) await sleep(endpoint.latency_ms);
    return happens("transient", endpoint.transient_rate)
      ? { kind: "transient", error: "simulated transient failure" }
      : drawOutcome(endpoint, call);
  };
