import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cutText, jsonBytes } from "../../lib/domain/result-size.ts";

describe("the size of a value", () => {
  test.each([
    { value: "a", bytes: 3 },
    { value: "é", bytes: 4 },
    { value: "\u0000", bytes: 8 },
    { value: { a: [1] }, bytes: 9 },
    { value: undefined, bytes: 0 },
  ])("is that of its JSON in UTF-8: $value", ({ value, bytes }) => {
    expect(jsonBytes(value)).toBe(bytes);
  });
});

describe("a text that is cut", () => {
  test("stays as it is where it fits", () => {
    expect(cutText("disk full", 11)).toBe("disk full");
  });

  test("ends with an ellipsis where it does not", () => {
    expect(cutText("disk full", 10)).toBe("disk …");
  });

  test("stands on one line", () => {
    expect(cutText("  a\r\n\tb  ", 100)).toBe("a b");
  });

  test("never takes more bytes as JSON than it may, whatever it holds", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.string({ unit: fc.constantFrom("\u0000", '"', "\\", "😀", "\uD800", "é"), maxLength: 400 }),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 5, max: 600 }), (original, maxBytes) => {
        expect(jsonBytes(cutText(original, maxBytes))).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });

  test("keeps as much as fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "é", "\u0001"), minLength: 60, maxLength: 90 }), (text) => {
        // The largest character of these takes six bytes, so never are six left unused.
        expect(jsonBytes(cutText(text, 50))).toBeGreaterThan(44);
      }),
    );
  });
});
