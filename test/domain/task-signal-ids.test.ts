import { expect, test } from "vitest";

import { taskSignals } from "../../lib/domain/signals.ts";
import { taskSignalIds } from "../../lib/domain/task-signal-ids.ts";
import { completed, config, tallyOf } from "./report-builders.ts";

test("the ids are those of the signals that a wave sends of a task", () => {
  const record = completed();
  const context = { run_id: "run-1", wave: 3, timestamp: "2026-01-01T12:00:00.000Z", feedback: config.feedback };
  const sent = taskSignals(record, tallyOf([record]), context).map(({ signal_id }) => signal_id);
  expect(taskSignalIds("run-1", 3, "task_1")).toEqual(sent);
});
