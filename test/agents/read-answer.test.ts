import { expect, test } from "vitest";
import { readAnswer } from "../../lib/agents/read-answer.ts";

const read = (text: string) => readAnswer(new TextEncoder().encode(text));

test("a byte order mark before the JSON is fine", () => {
  expect(read('\uFEFF{"success":true}')).toEqual({ kind: "answered", answer: { success: true } });
});

test("bytes that are not UTF-8 are not JSON", () => {
  const bytes = new Uint8Array([...new TextEncoder().encode('{"success":true,"error":"'), 0xff, 0x22, 0x7d]);
  expect(readAnswer(bytes)).toMatchObject({ kind: "permanent", error: expect.stringContaining("answer is not JSON") });
});

test("what is not JSON is told by its first 80 bytes, in one line", () => {
  expect(read(`<p>\r\n${"x".repeat(100)}`)).toEqual({
    kind: "permanent",
    error: `answer is not JSON: received <p> ${"x".repeat(75)}`,
  });
});

test("an answer that nests without end is refused, not followed", () => {
  const levels = 50_000;
  const nested = "[".repeat(levels) + "]".repeat(levels);
  expect(read(`{"success":true,"output":${nested}}`)).toEqual({
    kind: "permanent",
    error: "answer breaks the contract: expected at most 32 levels",
  });
});
