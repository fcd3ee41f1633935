/** A wave that has tasks. */
export interface PlannedWave {
  readonly wave: number;
  readonly tasks: number;
  /** Waves that hold a dependency of one of its tasks; ascending. */
  readonly dependsOnWaves: readonly number[];
}

/** For waves that share a resource with an earlier one: the last of those. */
const lastSharing = (resourcesOf: readonly (readonly string[])[], waveOf: Int32Array): Map<number, number> => {
  const users = resourcesOf
    .map((resources, index) => ({ resources, wave: waveOf[index] as number }))
    .filter(({ resources, wave }) => resources.length > 0 && wave > 0)
    .toSorted((a, b) => a.wave - b.wave);
  const lastUse = new Map<string, number>();
  const sharing = new Map<number, number>();
  for (const { resources, wave } of users) {
    for (const resource of resources) {
      const before = lastUse.get(resource);
      if (before !== undefined && before < wave) sharing.set(wave, Math.max(before, sharing.get(wave) ?? before));
      lastUse.set(resource, wave);
    }
  }
  return sharing;
};

/**
 * Consecutive waves that may run side by side, because no dependency and no common resource crosses between two of a group
 * (SPEC W2): greedy, so a group ends where the next wave needs one of its waves. `waves` ascend; 0 in `waveOf` is no wave.
 */
export const groupWaves = (
  waves: readonly PlannedWave[],
  resourcesOf: readonly (readonly string[])[],
  waveOf: Int32Array,
): number[][] => {
  const sharing = lastSharing(resourcesOf, waveOf);
  const groups: number[][] = [];
  let start = 0;
  for (const { wave, dependsOnWaves } of waves) {
    const lastNeeded = Math.max(0, dependsOnWaves.at(-1) ?? 0, sharing.get(wave) ?? 0);
    if (lastNeeded >= start) {
      groups.push([]);
      start = wave;
    }
    groups.at(-1)?.push(wave);
  }
  return groups;
};
