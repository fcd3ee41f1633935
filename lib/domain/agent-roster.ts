import { isProbe, type AssignableAgent, type Eligibility, type TaskClass } from "./eligibility.ts";

/** What the agents carry and may still take while tasks are dealt out. Agents are given by index. */
export class AgentRoster {
  /** By agent: load ÷ capacity. */
  readonly relativeLoad: Float64Array;
  /** By agent: weight that it took. */
  readonly added: Float64Array;
  /** By agent: tasks that it took. */
  readonly taken: Int32Array;
  readonly #load: Float64Array;
  readonly #capacity: Float64Array;
  readonly #quota: Float64Array;
  readonly #groupOf: Int32Array;
  /** By group: agents that may take one more task. */
  readonly #openIn: Int32Array;
  /** Quotas used up so far: counts that were taken before the last of them are stale. */
  #closures = 0;
  /** By class: the count and at how many closures it was taken. */
  readonly #untried: Int32Array;
  readonly #countedAt: Int32Array;

  constructor(agents: readonly AssignableAgent[], { groups, groupOf, classes }: Eligibility) {
    this.#load = Float64Array.from(agents, (agent) => agent.load);
    this.#capacity = Float64Array.from(agents, (agent) => agent.capacity);
    this.#quota = Float64Array.from(agents, (agent) =>
      Math.floor(isProbe(agent) ? Math.min(agent.quota, 1) : agent.quota),
    );
    this.relativeLoad = this.#load.map((load, agent) => load / this.#capacity[agent]!);
    this.added = new Float64Array(agents.length);
    this.taken = new Int32Array(agents.length);
    this.#groupOf = groupOf;
    this.#openIn = Int32Array.from(groups, (members) => this.countOpen(members));
    this.#untried = new Int32Array(classes.length);
    this.#countedAt = new Int32Array(classes.length).fill(-1);
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

  /** How many untried agents may take one more task of the class at `position`. */
  countUntried({ coverage, named, excluded }: TaskClass, position: number): number {
    if (this.#countedAt[position] !== this.#closures) {
      this.#countedAt[position] = this.#closures;
      const covering = coverage.groups.reduce((sum, group) => sum + this.#openIn[group]!, 0);
      this.#untried[position] = named === undefined ? covering - this.countOpen(excluded) : this.countOpen(named);
    }
    return this.#untried[position]!;
  }

  /** Gives the agent a task. */
  take(agent: number, weight: number): void {
    this.taken[agent]! += 1;
    this.added[agent]! += weight;
    this.relativeLoad[agent] = (this.#load[agent]! + this.added[agent]!) / this.#capacity[agent]!;
    if (!this.isOpen(agent)) {
      this.#openIn[this.#groupOf[agent]!]! -= 1;
      this.#closures += 1;
    }
  }
}
