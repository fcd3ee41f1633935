/** Calls that an agent may have open before it has answered once: a dead agent costs this many time limits, not a wave's. */
export const UNPROVEN_LIMIT = 4;

/** Bounds the calls that one process has open to each agent. */
export interface Bulkhead {
  /** Resolves when the agent may be called; every `enter` is followed by one `leave`. */
  enter(agentId: string, capacity: number): Promise<void>;
  /** `answered` says whether the agent gave any answer, which proves it alive; undefined where it was not called. */
  leave(agentId: string, answered: boolean | undefined): void;
}

interface Compartment {
  open: number;
  proven: boolean;
  limit: number;
  readonly waiting: (() => void)[];
}

/**
 * An agent carries `capacity` calls at a time, and only {@link UNPROVEN_LIMIT} until its first answer. That is so for the calls of one
 * process: on the embedded cloud there is one, on AWS each executor sees those of its own batch.
 */
export const createBulkhead = (): Bulkhead => {
  const compartments = new Map<string, Compartment>();
  const admit = (compartment: Compartment): void => {
    const limit = compartment.proven ? compartment.limit : Math.min(compartment.limit, UNPROVEN_LIMIT);
    while (compartment.open < limit && compartment.waiting.length > 0) {
      compartment.open += 1;
      compartment.waiting.shift()?.();
    }
  };
  return {
    enter: async (agentId, capacity) => {
      const compartment = compartments.get(agentId) ?? { open: 0, proven: false, limit: 1, waiting: [] };
      compartments.set(agentId, compartment);
      compartment.limit = Math.max(1, Math.floor(capacity));
      await new Promise<void>((resolve) => {
        compartment.waiting.push(resolve);
        admit(compartment);
      });
    },
    leave: (agentId, answered) => {
      const compartment = compartments.get(agentId);
      if (compartment === undefined) return;
      compartment.open -= 1;
      compartment.proven = answered ?? compartment.proven;
      admit(compartment);
    },
  };
};
