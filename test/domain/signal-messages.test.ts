import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_BODY_BYTES, packSerialized, packSignals } from "../../lib/domain/signal-messages.ts";
import { taskSignals } from "../../lib/domain/signals.ts";
import { completed, config, tallyOf } from "./report-builders.ts";

const pack = (texts: readonly string[], signalsPerMessage = 100) => [...packSerialized(texts, signalsPerMessage)];
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

test("signals are packed as JSON", () => {
  const context = { run_id: "run-1", wave: 1, timestamp: "2026-01-01T12:00:00.000Z", feedback: config.feedback };
  const signals = taskSignals(completed(), tallyOf([completed()]), context);
  const [message] = packSignals(signals, 100);
  expect(JSON.parse(message?.body ?? "")).toEqual(signals);
});
