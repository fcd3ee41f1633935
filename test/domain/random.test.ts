import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashHex, randomFor } from "../../lib/domain/random.ts";

const parts = fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { minLength: 1, maxLength: 4 });

/** Pearson's statistic of counts that should all be equal. */
const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

describe("randomFor", () => {
  it("gives the same number for the same parts on every machine", () => {
    expect(randomFor(21, "task-1", "agent_0", 1)).toBe(0.10643111196977917);
  });

  it("gives numbers from 0 to below 1", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const value = randomFor(...given);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
  });

  it("spreads evenly over its range, though its parts only count up", () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (let task = 0; task < 100_000; task += 1) {
      const bin = Math.floor(randomFor(21, `task-${task}`, "agent_0", 1) * 100);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    // 99 degrees of freedom: outside 50 to 170 with a chance of about one in 100,000.
    expect(chiSquare(counts)).toBeGreaterThan(50);
    expect(chiSquare(counts)).toBeLessThan(170);
  });

  it("gives numbers that do not follow from those of the neighbours", () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (let task = 0; task < 50_000; task += 1) {
      const first = Math.floor(randomFor(task, "agent_0") * 10);
      const second = Math.floor(randomFor(task + 1, "agent_0") * 10);
      const bin = 10 * first + second;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    expect(chiSquare(counts)).toBeLessThan(170);
  });

  it("changes with every part and with the place of a part", () => {
    const values = [
      randomFor(21, "task", "agent", 1),
      randomFor(22, "task", "agent", 1),
      randomFor(21, "tasks", "agent", 1),
      randomFor(21, "task", "agents", 1),
      randomFor(21, "task", "agent", 2),
      randomFor(21, "agent", "task", 1),
      randomFor(21, "task", "agent"),
      randomFor(21, "task", "agent", 1, ""),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it("takes a number as its decimal text", () => {
    expect(randomFor(1, 0.5)).toBe(randomFor("1", "0.5"));
  });
});

describe("hashHex", () => {
  it("is MurmurHash3 with 128 bits where the text fills its blocks", () => {
    expect(hashHex("0123456789abc")).toBe("4748d1c6f171b51b426a6eae8247ba2b");
    expect(hashHex("abcde", "é漢😀xyz", "", "zzzz")).toBe("9b14a9afeb92ff9258c7b3a88b4681ba");
  });

  it("gives the same digest for the same parts on every machine", () => {
    expect(hashHex("run-1", "1", "task-1", "agent_performance")).toBe("258c3f5917708ea2a3909230c3df0e25");
    expect(hashHex()).toBe("00000000000000000000000000000000");
  });

  it("is the same function for texts of any length and script", () => {
    expect(hashHex("x".repeat(1_019))).toBe("5476cb5957c72d2457120ed302edea73");
    expect(hashHex("é".repeat(1_019))).toBe("0967562ea48b6c5cef4bd4b79874a9ac");
    expect(hashHex("x".repeat(5_000))).toBe("bd13565255782e13e460fb6b6941d548");
    expect(hashHex("𐐷", "\ud800")).toBe("b47f48d55382dbe7623d60cf69068980");
  });

  it("has 32 hexadecimal digits", () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(hashHex(...given)).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  it("tells parts apart that join to the same text", () => {
    expect(hashHex("a", "bc")).not.toBe(hashHex("ab", "c"));
    expect(hashHex("a", "")).not.toBe(hashHex("a"));
    expect(hashHex("1:a")).not.toBe(hashHex("1", "a"));
    expect(hashHex("a\0")).not.toBe(hashHex("a"));
  });

  it("differs for different parts", () => {
    fc.assert(
      fc.property(parts, parts, (some, others) => {
        fc.pre(JSON.stringify(some) !== JSON.stringify(others));
        expect(hashHex(...some)).not.toBe(hashHex(...others));
      }),
    );
  });

  it("gives 200,000 tasks digests of their own, whose quarters meet no more often than chance has it", () => {
    const digests = Array.from({ length: 200_000 }, (_, index) =>
      hashHex("run-1", "1", `task-${index}`, "agent_performance"),
    );
    expect(new Set(digests).size).toBe(digests.length);
    for (const from of [0, 8, 16, 24]) {
      // 4.7 of the 32-bit quarters are expected to meet.
      const quarters = new Set(digests.map((digest) => digest.slice(from, from + 8)));
      expect(digests.length - quarters.size).toBeLessThan(20);
    }
  });

  it("turns about half of its bits where one bit of a part turns", () => {
    const bits = (digest: string) => BigInt(`0x${digest}`);
    const turned = Array.from({ length: 2_000 }, (_, index) => {
      const difference = bits(hashHex(`task-${index}`, "b")) ^ bits(hashHex(`task-${index}`, "c"));
      return difference.toString(2).replaceAll("0", "").length;
    });
    expect(turned.reduce((sum, count) => sum + count, 0) / turned.length).toBeCloseTo(64, 0);
    expect(Math.min(...turned)).toBeGreaterThan(30);
  });
});
