/** Keys are `resource number × this + wave`, so one map holds all; above every wave number, and the product stays exact. */
const WAVE_SPAN = 2 ** 31;

/** Remembers in which waves exclusive resources are taken. */
export interface ResourceCalendar {
  /** Takes all resources in the first wave from `earliest` in which all are free, and gives that wave. */
  take(resources: readonly string[], earliest: number): number;
}

/** An empty calendar. Taking a resource costs almost the same however many waves have it already. */
export const createResourceCalendar = (): ResourceCalendar => {
  const numbers = new Map<string, number>();
  // From a wave that is taken to a later one that may be free: union-find with path halving.
  const later = new Map<number, number>();

  const laneOf = (resource: string): number => {
    const number = numbers.get(resource) ?? numbers.size;
    numbers.set(resource, number);
    return number * WAVE_SPAN;
  };

  const firstFree = (key: number): number => {
    let at = key;
    for (let next = later.get(at); next !== undefined; next = later.get(at)) {
      const afterNext = later.get(next);
      if (afterNext !== undefined) later.set(at, afterNext);
      at = next;
    }
    return at;
  };

  return {
    take(resources, earliest) {
      const lanes = resources.map(laneOf);
      let wave = earliest;
      let before: number;
      do {
        before = wave;
        for (const lane of lanes) wave = firstFree(lane + wave) - lane;
      } while (wave !== before);
      for (const lane of lanes) later.set(lane + wave, lane + wave + 1);
      return wave;
    },
  };
};
