import fc from "fast-check";
import { expect, test } from "vitest";

import { printInstant } from "../../lib/domain/print-instant.ts";

/** All that `Date` knows, and many of one second one after the other. */
const instants = fc.array(
  fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.integer({ min: 1_763_000_000_000, max: 1_763_000_001_500 }),
    fc.double({ min: -3_000, max: 3_000, noNaN: true }),
  ),
  { minLength: 1, maxLength: 20 },
);

test("prints instants as Date does, in whatever order they come", () => {
  fc.assert(
    fc.property(instants, (given) => {
      expect(given.map(printInstant)).toEqual(given.map((ms) => new Date(ms).toISOString()));
    }),
  );
});

test("refuses what is no instant, and goes on as before", () => {
  expect(printInstant(1_763_000_000_001)).toBe("2025-11-13T02:13:20.001Z");
  expect(() => printInstant(Number.NaN)).toThrow(RangeError);
  expect(printInstant(1_763_000_000_002)).toBe("2025-11-13T02:13:20.002Z");
  expect(printInstant(8.64e15)).toBe("+275760-09-13T00:00:00.000Z");
  expect(() => printInstant(8.64e15 + 1)).toThrow(RangeError);
});
