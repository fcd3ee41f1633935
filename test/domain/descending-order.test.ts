import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { descendingOrder } from "../../lib/domain/descending-order.ts";

const order = (values: readonly number[]) => [...descendingOrder(Float64Array.from(values))];

describe("descending order", () => {
  it("puts the highest value first and keeps equal ones in their order", () => {
    expect(order([1, 3, 2, 3, 1])).toEqual([1, 3, 2, 0, 4]);
  });

  it("tells values apart that differ in their last bit", () => {
    expect(order([0.1, 0.1 + Number.EPSILON / 8, 0.1 - Number.EPSILON / 8])).toEqual([1, 0, 2]);
  });

  it("takes 0 and -0 for equal", () => {
    expect(order([-0, 0, -0])).toEqual([0, 1, 2]);
  });

  it("takes nothing, and a single value", () => {
    expect(order([])).toEqual([]);
    expect(order([7])).toEqual([0]);
  });

  it("agrees with a stable sort by comparison", () => {
    const value = fc.oneof(fc.double({ min: 0, noNaN: true }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const sorted = [...values.keys()].sort((some, other) => {
          const [a = 0, b = 0] = [values[some], values[other]];
          return a === b ? 0 : b - a;
        });
        expect(order(values)).toEqual(sorted);
      }),
    );
  });
});
