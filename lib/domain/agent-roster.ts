import { isProbe, type AssignableAgent, type Eligibility, type TaskClass } from "./eligibility.ts";

/** What the agents carry and may still take while tasks are dealt out. Agents are given by index. */
export class AgentRoster {
  /** Load ÷ capacity. */
  readonly relativeLoad: Float64Array;
  /** Weight added by this assignment. */
  readonly added: Float64Array;
  /** Tasks taken in this assignment. */
  readonly taken: Int32Array;
  readonly #agents: readonly AssignableAgent[];
  readonly #quota: Float64Array;
  readonly #groupOf: Int32Array;
  /** By group: agents that may take a task now. */
  readonly #openIn: Int32Array;
  /** Grows when an agent's quota is used up, so that counts are taken again only then. */
  #closures = 0;
  readonly #counts: { readonly open: Int32Array; readonly closures: Int32Array };

  constructor(agents: readonly AssignableAgent[], { groups, groupOf, classes }: Eligibility) {
    this.relativeLoad = Float64Array.from(agents, ({ load, capacity }) => load / capacity);
    this.added = new Float64Array(agents.length);
    this.taken = new Int32Array(agents.length);
    this.#agents = agents;
    this.#quota = Float64Array.from(agents, (agent) =>
      Math.floor(isProbe(agent) ? Math.min(agent.quota, 1) : agent.quota),
    );
    this.#groupOf = groupOf;
    this.#openIn = Int32Array.from(groups, (members) => this.countOpen(members));
    this.#counts = { open: new Int32Array(classes.length), closures: new Int32Array(classes.length).fill(-1) };
  }

  /** The agent may take one more task. */
  isOpen(agent: number): boolean {
    return this.taken[agent]! < this.#quota[agent]!;
  }

  /** How many of the agents may take one more task. */
  countOpen(agents: Iterable<number>): number {
    let open = 0;
    for (const agent of agents) if (this.isOpen(agent)) open += 1;
    return open;
  }

  /** How many untried agents may take one more task of the class, whose index is `position`. */
  countUntried({ coverage, named, excluded }: TaskClass, position: number): number {
    const { open, closures } = this.#counts;
    if (closures[position] !== this.#closures) {
      closures[position] = this.#closures;
      const covering = coverage.groups.reduce((sum, group) => sum + this.#openIn[group]!, 0);
      open[position] = named === undefined ? covering - this.countOpen(excluded) : this.countOpen(named);
    }
    return open[position]!;
  }

  /** Gives the agent a task. */
  take(agent: number, weight: number): void {
    const { load, capacity } = this.#agents[agent]!;
    this.taken[agent]! += 1;
    this.added[agent]! += weight;
    this.relativeLoad[agent] = (load + this.added[agent]!) / capacity;
    if (!this.isOpen(agent)) {
      this.#openIn[this.#groupOf[agent]!]! -= 1;
      this.#closures += 1;
    }
  }
}
