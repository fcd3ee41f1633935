import { expect, test, vi } from "vitest";

import { log } from "../../lib/aws/log.ts";

/** The lines that a call writes to the standard output. */
const writtenBy = (write: () => void): readonly Record<string, unknown>[] => {
  const lines: string[] = [];
  const keep = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(keep));
  write();
  for (const spy of spies) spy.mockRestore();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

test.each([
  ["info", "INFO"],
  ["warn", "WARN"],
] as const)("%s writes one JSON line with the fields beside the message", (level, name) => {
  const [line, ...others] = writtenBy(() => log[level]("wave assigned", { run_id: "run-1", assigned: 3 }));
  expect(line).toMatchObject({ level: name, message: "wave assigned", run_id: "run-1", assigned: 3 });
  expect(others).toEqual([]);
});

test("fields of one line do not appear in the next", () => {
  const [, second] = writtenBy(() => {
    log.info("first", { run_id: "run-1" });
    log.info("second");
  });
  expect(second).not.toHaveProperty("run_id");
});

test("debug lines are not written where the level is INFO", () => {
  expect(writtenBy(() => log.debug("detail"))).toEqual([]);
});
