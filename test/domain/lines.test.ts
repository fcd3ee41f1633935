import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_LINE_BYTES, readLines } from "../../lib/domain/lines.ts";
import type { Line } from "../../lib/domain/lines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

async function* stream(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = encoder.encode(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const readBatches = async (chunks: AsyncIterable<Uint8Array>): Promise<(readonly Line[])[]> => {
  const batches: (readonly Line[])[] = [];
  for await (const batch of readLines(chunks)) batches.push(batch);
  return batches;
};

const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<Line[]> => (await readBatches(chunks)).flat();

const show = ({ number, bytes, byteLength }: Line) => ({ number, text: decoder.decode(bytes), byteLength });

describe("readLines", () => {
  it("splits a stream into numbered lines", async () => {
    const lines = await readAll(stream("one\ntwo\n"));
    expect(lines.map(show)).toEqual([
      { number: 1, text: "one", byteLength: 3 },
      { number: 2, text: "two", byteLength: 3 },
    ]);
  });

  it("gives a batch for each chunk that ends a line", async () => {
    const batches = await readBatches(stream("a\nb\nc", "c", "\nd\n"));
    expect(batches.map((batch) => batch.map(({ bytes }) => decoder.decode(bytes)))).toEqual([
      ["a", "b"],
      ["cc", "d"],
    ]);
  });

  it("joins a line that is spread over chunks", async () => {
    expect((await readAll(stream("a", "b", "c\nd"))).map(show)).toEqual([
      { number: 1, text: "abc", byteLength: 3 },
      { number: 2, text: "d", byteLength: 1 },
    ]);
  });

  it("reads the last line without a line feed", async () => {
    expect((await readAll(stream("a\nb"))).map(show).at(-1)).toEqual({ number: 2, text: "b", byteLength: 1 });
  });

  it("leaves blank lines out and counts them", async () => {
    expect((await readAll(stream("\n \t\r\na\n\n"))).map(show)).toEqual([{ number: 3, text: "a", byteLength: 1 }]);
  });

  it("gives nothing for an empty stream", async () => {
    expect(await readAll(stream())).toEqual([]);
  });

  it("takes the carriage return off, also when the line feed comes with the next chunk", async () => {
    expect((await readAll(stream("a\r\nb\r", "\nc"))).map(show).map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });

  it("takes a byte-order mark off the start of the stream only", async () => {
    expect((await readAll(stream("\uFEFFa\n\uFEFFb"))).map(show)).toEqual([
      { number: 1, text: "a", byteLength: 1 },
      { number: 2, text: "\uFEFFb", byteLength: 4 },
    ]);
  });

  it("keeps a longest line whole though it has a mark and a carriage return", async () => {
    const text = `\uFEFF${"x".repeat(MAX_LINE_BYTES)}\r\n`;
    for (const size of [1000, 1_000_000]) {
      const [line] = await readAll(inPieces(text, size));
      expect(line).toMatchObject({ byteLength: MAX_LINE_BYTES });
      expect(line?.bytes).toHaveLength(MAX_LINE_BYTES);
    }
  });

  it.each([
    ["in one chunk", 1_000_000],
    ["in many chunks", 1000],
  ])("cuts a line that is too long and tells its true length, %s", async (_title, size) => {
    const [line, next] = await readAll(inPieces(`${"x".repeat(200_000)}\r\nnext\n`, size));
    expect(line).toMatchObject({ number: 1, byteLength: 200_000 });
    expect(line?.bytes).toHaveLength(MAX_LINE_BYTES);
    expect(next?.number).toBe(2);
  });

  it("counts a line as too long when it is one byte over", async () => {
    const [line] = await readAll(stream("x".repeat(MAX_LINE_BYTES + 1)));
    expect(line?.byteLength).toBe(MAX_LINE_BYTES + 1);
    expect(line?.bytes).toHaveLength(MAX_LINE_BYTES);
  });

  it("does not call a line blank when it is too long to be read whole", async () => {
    expect(await readAll(stream(" ".repeat(MAX_LINE_BYTES + 1)))).toHaveLength(1);
  });

  it("reads chunks that are views of a larger buffer", async () => {
    const bytes = encoder.encode("skipped a\nb\n").subarray(8);
    expect((await readAll(stream(bytes))).map(show).map(({ text }) => text)).toEqual(["a", "b"]);
  });

  it("gives the same lines however the stream is cut", async () => {
    const pieces = fc.constantFrom("a", "{}", "ü", "\n", "\r", "\r\n", " ", "\uFEFF");
    await fc.assert(
      fc.asyncProperty(fc.array(pieces), fc.integer({ min: 1, max: 5 }), async (parts, size) => {
        const text = parts.join("");
        const cut = await readAll(inPieces(text, size));
        const whole = await readAll(stream(text));
        expect(cut.map(show)).toEqual(whole.map(show));
      }),
    );
  });

  it("finds the lines that splitting the text finds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z ü]*$/)), async (texts) => {
        const lines = await readAll(inPieces(texts.join("\n"), 7));
        const expected = texts
          .map((text, index) => ({ number: index + 1, text }))
          .filter(({ text }) => text.trim() !== "");
        expect(lines.map(show)).toEqual(
          expected.map((line) => ({ ...line, byteLength: encoder.encode(line.text).length })),
        );
      }),
    );
  });
});
