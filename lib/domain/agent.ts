/** How an agent is called (SPEC IN4, E3, E4). */
export type Endpoint =
  | {
      readonly kind: "simulated";
      /** Added to the task's predicted success rate, -1..1. */
      readonly bias: number;
      /** Probability that an attempt fails transiently, 0..1. */
      readonly transient_rate: number;
      readonly latency_ms: number;
      /** Probability that an attempt is never answered, 0..1. */
      readonly hang_rate: number;
      /** Probability that an attempt throws, 0..1. */
      readonly crash_rate: number;
    }
  | {
      readonly kind: "http";
      /** https, or http on a loopback address when local. */
      readonly url: string;
      /** Name of the secret whose text is sent as the header `secret_header`. */
      readonly secret_name?: string;
      /** Header that carries the secret; `authorization` where none is given. */
      readonly secret_header?: string;
    }
  | { readonly kind: "lambda"; /** Name or ARN. */ readonly function_name: string };

/** An agent as its owner describes it (agents.json). */
export interface Agent {
  /** 1 to 128 of `A-Za-z0-9._:-`. */
  readonly id: string;
  readonly capabilities: readonly string[];
  /** How many units of load the agent carries at a time; > 0. */
  readonly capacity: number;
  /** Prior belief that the agent succeeds, 0..1. */
  readonly confidence: number;
  readonly rate_limit_per_second?: number;
  readonly endpoint: Endpoint;
}

/** A fleet file, checked and with its defaults filled in. */
export interface Fleet {
  readonly fleet: string;
  readonly agents: readonly Agent[];
}

/** An agent with what the table knows of it at one moment. */
export interface AgentState extends Agent {
  readonly online: boolean;
  /** ISO 8601 time since when the agent is offline, with the reason; absent while online. */
  readonly offline_since?: string;
  readonly offline_reason?: string;
  /** Tasks that ended COMPLETED on this agent, over all runs. */
  readonly completed_tasks: number;
  /** Tasks that ended FAILED on this agent, over all runs. */
  readonly failed_tasks: number;
  /** Sum of the weights of the agent's unexpired leases. */
  readonly current_load: number;
}

/** An agent as reports show it (SPEC H3). */
export interface AgentView {
  readonly status: "IDLE" | "BUSY" | "OFFLINE";
  readonly current_load: number;
  readonly completed_tasks: number;
  readonly failed_tasks: number;
  /** completed ÷ (completed + failed); null before the first. */
  readonly success_rate: number | null;
  readonly confidence: number;
}

/** Reason of an agent that its owner took out of service: no probe brings such an agent back. */
export const OFFLINE_BY_OWNER = "taken offline by its owner";

/** Shows an agent as SPEC H3 asks: OFFLINE wins, BUSY means that it has a live lease. */
export const viewAgent = (agent: AgentState): AgentView => {
  const ended = agent.completed_tasks + agent.failed_tasks;
  return {
    status: !agent.online ? "OFFLINE" : agent.current_load > 0 ? "BUSY" : "IDLE",
    current_load: agent.current_load,
    completed_tasks: agent.completed_tasks,
    failed_tasks: agent.failed_tasks,
    success_rate: ended === 0 ? null : agent.completed_tasks / ended,
    confidence: agent.confidence,
  };
};

/**
 * Waves whose totals an agent's item remembers at the least, and at the most twice as many: twice as many as a run may have waves side by
 * side, which may be scored while one of them is tried again. Every reading of the fleet brings them along and is billed for them.
 */
export const KEPT_MARKS = 80;

/** Characters of a digest that stand for such a wave: a new one is like one of 160 others with a chance of 2·10^-9. */
export const MARK_LENGTH = 6;
