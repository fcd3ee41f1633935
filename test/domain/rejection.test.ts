import { expect, it } from "vitest";
import { rejectLine } from "../../lib/domain/rejection.ts";

it("a rejected line keeps its file, its number, a reason that names the line, and its text cut at 1 KiB", () => {
  const bytes = new TextEncoder().encode("x".repeat(2000));
  expect(rejectLine("predictions.jsonl", { number: 7, bytes, byteLength: 2000 }, "expected JSON")).toEqual({
    file: "predictions.jsonl",
    line: 7,
    reason: "line 7: expected JSON",
    text: "x".repeat(1024),
  });
});
