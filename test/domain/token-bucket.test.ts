import { describe, expect, it, test } from "vitest";
import { nextSlot } from "../../lib/domain/token-bucket.ts";

describe("a rate limit", () => {
  it("lets the first call through at once", () => {
    expect(nextSlot(undefined, 1_000, 4)).toEqual({ slotMs: 1_000, tatMs: 1_250 });
  });

  it("makes a call that comes too early wait for its slot", () => {
    expect(nextSlot(1_250, 1_100, 4)).toEqual({ slotMs: 1_250, tatMs: 1_500 });
  });

  it("saves up no calls while it is idle", () => {
    expect(nextSlot(1_250, 9_000, 4)).toEqual({ slotMs: 9_000, tatMs: 9_250 });
  });

  it("spaces calls that come together evenly", () => {
    const slots: number[] = [];
    let tatMs: number | undefined;
    for (let call = 0; call < 5; call += 1) {
      const slot = nextSlot(tatMs, 0, 2);
      slots.push(slot.slotMs);
      tatMs = slot.tatMs;
    }
    expect(slots).toEqual([0, 500, 1_000, 1_500, 2_000]);
  });

  it("waits longer than a second where it allows less than one call a second", () => {
    expect(nextSlot(undefined, 0, 0.1).tatMs).toBe(10_000);
  });

  it("lets every call through where there is no limit", () => {
    expect(nextSlot(500, 500, Infinity)).toEqual({ slotMs: 500, tatMs: 500 });
  });

  test.each([0, -1, Number.NaN])("of %d calls a second lets none through", (rate) => {
    expect(nextSlot(undefined, 1_000, rate)).toEqual({ slotMs: Infinity, tatMs: Infinity });
  });
});
