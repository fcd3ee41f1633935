import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../../lib/domain/signal-messages.ts";
import { packAll } from "./pack-all.ts";

const pack = (texts: readonly string[], signalsPerMessage = 100) => packAll(texts, signalsPerMessage);
const quoted = (bytes: number): string => JSON.stringify("x".repeat(bytes - 2));

test("signals are packed up to the number asked for, in order", () => {
  expect(pack(["1", "2", "3", "4", "5"], 2)).toEqual([
    { body: "[1,2]", count: 2 },
    { body: "[3,4]", count: 2 },
    { body: "[5]", count: 1 },
  ]);
});

test("one signal a message is still an array", () => {
  expect(pack(["1", "2"], 1)).toEqual([
    { body: "[1]", count: 1 },
    { body: "[2]", count: 1 },
  ]);
});

test("no signals give no message", () => {
  expect(pack([])).toEqual([]);
});

test("a body may be as long as leaves room for the attributes, to the byte, and not one more", () => {
  const half = (MAX_BODY_BYTES - 3) / 2;
  const full = pack([quoted(Math.floor(half)), quoted(Math.ceil(half))]);
  expect(full.map(({ body }) => Buffer.byteLength(body))).toEqual([MAX_BODY_BYTES]);
  expect(pack([quoted(Math.ceil(half)), quoted(Math.ceil(half))])).toHaveLength(2);
});

test("a signal that passes 64 KiB by itself goes alone and whole", () => {
  const large = quoted(MAX_BODY_BYTES + 10);
  expect(pack(["1", large, "2"]).map(({ body }) => body)).toEqual(["[1]", `[${large}]`, "[2]"]);
});

test("whatever the text, messages hold every signal once and stay within both limits in UTF-8", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 }).map((unit) => JSON.stringify(unit.repeat(40)));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (texts, limit) => {
      const messages = pack(texts, limit);
      expect(messages.flatMap(({ body }): unknown => JSON.parse(body))).toEqual(
        texts.map((one): unknown => JSON.parse(one)),
      );
      for (const { body, count } of messages) {
        expect(count).toBeLessThanOrEqual(limit);
        expect(count === 1 || Buffer.byteLength(body) <= MAX_BODY_BYTES).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
