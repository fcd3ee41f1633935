import fc from "fast-check";
import { expect, test } from "vitest";
import { assertWithinLimit, dataLimitBytes, jsonBytes, jsonBytesAtMost } from "../../../lib/local/states/data-limit.ts";
import type { JsonValue } from "../../../lib/domain/json.ts";

const isRefused = (value: JsonValue): boolean => {
  try {
    assertWithinLimit(value, "value");
    return false;
  } catch {
    return true;
  }
};

test("a value is refused exactly where its JSON text has more than 262,144 bytes in UTF-8", () => {
  const unit = fc.constantFrom("x", "é", "€", "😀", "\u0001", '"');
  const shape = fc.constantFrom<(text: string, rest: number) => JsonValue>(
    (text, rest) => text + "x".repeat(rest),
    (text, rest) => ({ a: { [text]: null }, b: ["x".repeat(rest)] }),
    (text, rest) => [1.5, true, [text], { a: "x".repeat(rest) }],
  );
  fc.assert(
    fc.property(
      unit,
      fc.integer({ min: 0, max: 20_000 }),
      shape,
      fc.integer({ min: -2, max: 2 }),
      (one, times, make, over) => {
        const text = one.repeat(times);
        const rest = dataLimitBytes + over - jsonBytes(make(text, 0));
        const value = make(text, Math.max(0, rest));
        expect(isRefused(value)).toBe(jsonBytes(value) > dataLimitBytes);
      },
    ),
  );
});

test("a small value is not refused", () => {
  expect(isRefused({ a: [1, null, "x"] })).toBe(false);
});

test("no JSON text has more bytes than the estimate says", () => {
  const values = fc.jsonValue({ stringUnit: "binary" }) as fc.Arbitrary<JsonValue>;
  fc.assert(fc.property(values, (value) => jsonBytesAtMost(value) >= jsonBytes(value)));
  const longest = [-1.2345678901234567e-100, "\u0000\ud800", { "\u0001": [], b: {} }];
  expect(longest.map((value) => jsonBytesAtMost(value) >= jsonBytes(value))).toEqual([true, true, true]);
});

test("what JSON leaves out is estimated, too", () => {
  const withGap = { a: undefined } as unknown as JsonValue;
  expect(jsonBytesAtMost(withGap)).toBeGreaterThanOrEqual(jsonBytes(withGap));
});
