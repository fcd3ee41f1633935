const isBefore = (
  rank: number,
  load: number,
  agent: number,
  otherRank: number,
  otherLoad: number,
  other: number,
): boolean => rank < otherRank || (rank === otherRank && (load < otherLoad || (load === otherLoad && agent < other)));

/** Which of two agents comes first: lower rank, then lower load, then lower index. Keys of an agent only ever grow. */
export class AgentOrder {
  /** By agent; Infinity = after all others. */
  readonly rank: Float64Array;
  /** By agent: load ÷ capacity. */
  readonly load: Float64Array;

  constructor(agents: number) {
    this.rank = new Float64Array(agents);
    this.load = new Float64Array(agents);
  }

  isBefore(agent: number, other: number): boolean {
    const { rank, load } = this;
    return isBefore(rank[agent]!, load[agent]!, agent, rank[other]!, load[other]!, other);
  }

  /** The one of both that comes first; -1 stands for nobody. */
  firstOf(agent: number, other: number): number {
    if (agent === -1 || other === -1) return Math.max(agent, other);
    return this.isBefore(agent, other) ? agent : other;
  }
}

/** A binary heap of agents. An agent stands in one heap only, so the place of each is known and no entry is ever stale. */
export class AgentHeap {
  readonly #agents: Int32Array;
  readonly #order: AgentOrder;
  /** By agent, shared by all heaps. */
  readonly #placeOf: Int32Array;

  /** Orders `members` by their keys in `order`; `placeOf` has an entry for every agent, and all heaps share it. */
  constructor(members: readonly number[], order: AgentOrder, placeOf: Int32Array) {
    this.#agents = Int32Array.from(members).sort((agent, other) => (order.isBefore(agent, other) ? -1 : 1));
    this.#order = order;
    this.#placeOf = placeOf;
    this.#agents.forEach((agent, place) => (placeOf[agent] = place));
  }

  /** The first agent that is not excluded; -1 where there is none. */
  first(excluded: ReadonlySet<number>, place = 0): number {
    const agent = this.#agents[place];
    if (agent === undefined) return -1;
    if (excluded.size === 0 || !excluded.has(agent)) return agent;
    // Below an excluded agent only its two children can be next, so k excluded ones cost at most 2k + 1 looks.
    return this.#order.firstOf(this.first(excluded, 2 * place + 1), this.first(excluded, 2 * place + 2));
  }

  /** Moves an agent down to where it belongs after its keys have grown. */
  sink(agent: number): void {
    const agents = this.#agents;
    const placeOf = this.#placeOf;
    const { rank, load } = this.#order;
    // Most of the time of an assignment is spent in this loop, so the keys that it compares stay in variables.
    const ownRank = rank[agent]!;
    const ownLoad = load[agent]!;
    let place = placeOf[agent]!;
    for (let child = 2 * place + 1; child < agents.length; child = 2 * place + 1) {
      let next = agents[child]!;
      let nextRank = rank[next]!;
      let nextLoad = load[next]!;
      const right = child + 1 < agents.length ? agents[child + 1]! : next;
      const rightRank = rank[right]!;
      const rightLoad = load[right]!;
      if (isBefore(rightRank, rightLoad, right, nextRank, nextLoad, next)) {
        child += 1;
        next = right;
        nextRank = rightRank;
        nextLoad = rightLoad;
      }
      if (isBefore(ownRank, ownLoad, agent, nextRank, nextLoad, next)) break;
      agents[place] = next;
      placeOf[next] = place;
      place = child;
    }
    agents[place] = agent;
    placeOf[agent] = place;
  }
}
