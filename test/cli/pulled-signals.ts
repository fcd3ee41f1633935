/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A valid signal with this number as its id. */
export const signalOf = (n: number) => ({
  signal_id: String(n).padStart(32, "0"),
  signal_type: "agent_performance",
  target_phase: 18,
  content: { agent_id: "agent_0", success: true, assigned_tasks: 1, completed_tasks: 1, success_rate: 1 },
  confidence: 0.9,
  wave: 1,
  run_id: "run-1",
  schema_version: 1,
  timestamp: "2026-01-01T12:00:00.000Z",
});

/** A message of signals with these numbers. */
export const bodyOf = (...numbers: readonly number[]): string => JSON.stringify(numbers.map(signalOf));

/** A terminal that remembers: the numbers of the printed signals, and the lines for a person. */
export const createMemo = (print: (text: string) => Promise<boolean> = async () => true) => {
  const printed: number[] = [];
  const said: string[] = [];
  return {
    printed,
    said,
    terminal: {
      print: async (text: string): Promise<boolean> => {
        const taken = await print(text);
        const lines = text.trimEnd().split("\n");
        if (taken) printed.push(...lines.map((line) => Number((JSON.parse(line) as { signal_id: string }).signal_id)));
        return taken;
      },
      say: (line: string): void => {
        said.push(line);
      },
    },
  };
};
