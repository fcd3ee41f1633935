import { expect, test } from "vitest";

import { rejectsTask } from "../../lib/domain/rejected-task.ts";

const rejection = { file: "predictions.jsonl", line: 7, reason: "line 7: expected JSON" };

test.each([
  ["its file and line", "predictions.jsonl:7", "{oops"],
  ["the id in its text", "a", '{"task_id":"a","success_rate":7}'],
  ["the id in a text that is no JSON", "a", '{"task_id" : "a", oops'],
  ["an id with characters that no id may have", 'a "b"', '{"task_id":"a \\"b\\""}'],
  ["an id that stands elsewhere first", "a", '{"depends_on":["a"],"task_id":"a"}'],
])("a rejected line is found by %s", (_title, asked, text) => {
  expect(rejectsTask({ ...rejection, text }, asked)).toBe(true);
});

test.each([
  ["another line", "predictions.jsonl:8", "{oops"],
  ["an id that another one begins with", "a", '{"task_id":"ab"}'],
  ["an id that only stands elsewhere", "a", '{"task_id":"b","depends_on":["a"]}'],
])("a rejected line is not found by %s", (_title, asked, text) => {
  expect(rejectsTask({ ...rejection, text }, asked)).toBe(false);
});
