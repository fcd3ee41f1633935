import { vi } from "vitest";

/** What commands print from now on, kept from the terminal until it is released. */
export interface CapturedOutput {
  printed: string;
  said: string;
  /** Both, in their order. */
  shown: string;
  readonly release: () => void;
}

/** Captures stdout as `printed` and stderr as `said`. */
export const captureOutput = (): CapturedOutput => {
  const take = (stream: "printed" | "said") => (chunk: unknown) => {
    output[stream] += String(chunk);
    output.shown += String(chunk);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(take("printed")),
    vi.spyOn(process.stderr, "write").mockImplementation(take("said")),
  ];
  const output: CapturedOutput = {
    printed: "",
    said: "",
    shown: "",
    release: () => spies.forEach((spy) => spy.mockRestore()),
  };
  return output;
};
