import { InvalidArgumentError } from "commander";

/** Reads a TCP port; 0 is any that is free. */
export const portNumber = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/u.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError(`expected a port from 0 to 65535, received "${text}"`);
};
