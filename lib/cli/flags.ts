import { InvalidArgumentError } from "commander";

/** Reads a whole number from `least` on. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least}, received "${text}"`);
  };

/** Reads a time scale, 0 to 10. */
export const timeScale = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 10) return value;
  throw new InvalidArgumentError(`expected a number from 0 to 10, received "${text}"`);
};
