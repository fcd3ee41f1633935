/** A figure for people, thousands separated, with up to three decimals: loads are no whole numbers. */
export const number = (n: number): string => n.toLocaleString("en-US");

/** A duration in words as short as they can be, such as `1 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** An ISO 8601 time without what nobody reads of it, UTC. */
export const time = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
