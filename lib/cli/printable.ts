/** Control characters, and marks that change the direction of what follows. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const escapeUnit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Text that came from input as a terminal may show it: control and direction marks are written as `\u001b`. */
export const printable = (text: string): string => text.replaceAll(unprintable, escapeUnit);

/** A value as indented JSON in which strings hold no control characters either. */
export const printableJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2)
    .split("\n")
    .map((line) => printable(line))
    .join("\n")}\n`;

/** How many characters fit into a line of stdout; undefined where it is no terminal. */
export const stdoutColumns = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);
