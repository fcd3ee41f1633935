import { expect, test } from "vitest";

import type { RunView } from "../../../lib/cli/page/page-model.ts";
import { showFailures } from "../../../lib/cli/page/run-failures.ts";

/** A run without failures that the page knows of. */
const view = (status: RunView["status"]): RunView =>
  ({ id: "run-1", status, digest: { waves: [], failures: [] } }) as unknown as RunView;

test.each([
  ["RUNNING", "None so far."],
  ["FINISHED", "Every task completed."],
  ["FAILED", "The run broke off: results.jsonl says what became of each task."],
] as const)("a run that is %s and has no known failure says so: %s", (status, text) => {
  expect(showFailures(view(status)).html).toContain(text);
});
