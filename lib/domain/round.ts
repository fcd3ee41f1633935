/** Rounds half up to so many decimals; what is not finite stays as it is. */
export const round = (value: number, digits: number): number => {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
};
