import { styleText } from "node:util";

/** What a text looks like on a terminal; never all that it says. */
export type Paint = (format: "bold" | "dim" | "green" | "yellow" | "red", text: string) => string;

/** Whether a stream is a terminal that a person sits at and that takes more than lines. */
export const isLively = (stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean =>
  stream.isTTY && !env["NO_COLOR"] && !env["CI"] && env["TERM"] !== "dumb";

/** Colours where `stream` shows them: a terminal, and neither NO_COLOR nor CI is set; FORCE_COLOR wins over all. */
export const createPaint =
  (stream: NodeJS.WriteStream): Paint =>
  (format, text) =>
    isLively(stream) || process.env["FORCE_COLOR"] !== undefined ? styleText(format, text, { stream }) : text;
