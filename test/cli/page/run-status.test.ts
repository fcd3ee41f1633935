import { expect, test } from "vitest";

import { statusOf } from "../../../lib/cli/page/run-status.ts";
import { runItem } from "../../steps/builders.ts";

const run = runItem();

test.each([
  ["STARTING", "nothing is known of yet", undefined, undefined, "RUN"],
  ["STARTING", "is not planned yet", { status: "RUNNING" }, undefined, "RUN"],
  ["RUNNING", "goes on", { status: "RUNNING" }, run, "RUN"],
  ["PAUSED", "its operator has paused", { status: "RUNNING" }, run, "PAUSED"],
  ["CANCELLING", "its operator has cancelled", { status: "RUNNING" }, run, "CANCELLED"],
  ["FINISHED", "has ended well", { status: "SUCCEEDED" }, run, "RUN"],
  ["FINISHED", "only the table remembers", undefined, { ...run, status: "FINISHED" }, "RUN"],
  ["FAILED", "has ended badly", { status: "ABORTED" }, run, "RUN"],
  ["FAILED", "was left unfinished", undefined, run, "RUN"],
] as const)("%s is a run that %s", (status, _, execution, item, control) => {
  expect(statusOf(execution, item, control)).toBe(status);
});
