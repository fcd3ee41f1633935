/**
 * The next moment at which a rate limit lets one more call through (GCRA with a burst of 1). `tatMs` is the one number to keep
 * between calls, the theoretical arrival time; undefined before the first. The caller waits until `slotMs` and keeps the new
 * `tatMs`, both in epoch ms. A rate that is not above 0 never has a slot: both are Infinity.
 */
export const nextSlot = (
  tatMs: number | undefined,
  nowMs: number,
  ratePerSecond: number,
): { readonly slotMs: number; readonly tatMs: number } => {
  if (!(ratePerSecond > 0)) return { slotMs: Infinity, tatMs: Infinity };
  const slotMs = tatMs === undefined ? nowMs : Math.max(nowMs, tatMs);
  return { slotMs, tatMs: slotMs + 1_000 / ratePerSecond };
};
