/** More edits than this make another word. */
const MAX_EDITS = 2;

/** Levenshtein's distance: insertions, deletions and replacements that turn one word into the other. */
const countEdits = (from: string, to: string): number => {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, left] of Array.from(from).entries()) {
    let diagonal = row;
    let before = row + 1;
    above = above.map((edits, column) => {
      if (column === 0) return before;
      const replaced = diagonal + (left === to[column - 1] ? 0 : 1);
      diagonal = edits;
      before = Math.min(replaced, edits + 1, before + 1);
      return before;
    });
  }
  return above.at(-1) as number;
};

/** The known name that `name` was probably meant to be, at most two edits away; the first of equally close ones. */
export const closestName = (name: string, known: readonly string[]): string | undefined => {
  const candidates = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= MAX_EDITS)
    .map((candidate) => ({ candidate, edits: countEdits(name, candidate) }))
    .filter(({ edits }) => edits <= MAX_EDITS);
  return candidates.toSorted((a, b) => a.edits - b.edits)[0]?.candidate;
};
