/** How a look is shared. */
export interface SharedLook {
  /** How long what was found is as good as new, in ms. */
  readonly freshMs: number;
  readonly now: () => number;
}

/** Looks for all who ask at the same time, or shortly after, once. */
export const shareLook = <Found>(look: () => Promise<Found>, { freshMs, now }: SharedLook): (() => Promise<Found>) => {
  let latest: { readonly at: number; readonly found: Found } | undefined;
  let looking: Promise<Found> | undefined;
  const lookAgain = async (): Promise<Found> => {
    try {
      const found = await look();
      latest = { at: now(), found };
      return found;
    } finally {
      looking = undefined;
    }
  };
  return async () => {
    if (latest !== undefined && now() - latest.at < freshMs) return latest.found;
    looking ??= lookAgain();
    return looking;
  };
};
