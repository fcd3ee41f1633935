/** The agents that have all capabilities that a task asks for. */
export interface Coverage {
  /** Groups whose agents do. */
  readonly groups: readonly number[];
  /** By group: 1 for those groups. */
  readonly covers: Uint8Array;
  /** How many agents do. */
  readonly agents: number;
}

/**
 * Groups `agents` (indexes) so that each group has all or not all of the capabilities that any task asks for. The agents of a
 * group can then share one heap, and a task looks at a few groups instead of a thousand agents. `coverages` stand in the order
 * of `required`, whose entries may repeat.
 */
export const groupByCapabilities = (
  agents: readonly number[],
  capabilities: readonly ReadonlySet<string>[],
  required: readonly (readonly string[])[],
): { readonly groups: readonly (readonly number[])[]; readonly coverages: readonly Coverage[] } => {
  const covers = (agent: number, names: readonly string[]) => names.every((name) => capabilities[agent]?.has(name));
  const keys = required.map((names) => JSON.stringify(names));
  const requirements = new Map(required.map((names, index) => [keys[index], names]));
  let groups: readonly (readonly number[])[] = [agents];
  for (const names of requirements.values()) {
    groups = groups.flatMap((group) => {
      const covering = group.filter((agent) => covers(agent, names));
      if (covering.length === group.length) return [group];
      const others = group.filter((agent) => !covers(agent, names));
      return covering.length === 0 ? [others] : [covering, others];
    });
  }
  const coverages = new Map(
    [...requirements].map(([key, names]) => [key, coverageOf(groups, (agent) => covers(agent, names))]),
  );
  return { groups, coverages: keys.map((key) => coverages.get(key) as Coverage) };
};

/** One agent speaks for its whole group. */
const coverageOf = (groups: readonly (readonly number[])[], covers: (agent: number) => boolean): Coverage => {
  const isCovered = Uint8Array.from(groups, (members) => (members.slice(0, 1).some(covers) ? 1 : 0));
  const covered = [...groups.keys()].filter((group) => isCovered[group] === 1);
  const agents = groups.filter((_, group) => isCovered[group] === 1).flat().length;
  return { groups: covered, covers: isCovered, agents };
};
