/** Longest line that is read whole; a longer one is rejected (SPEC IN5). */
export const MAX_LINE_BYTES = 65_536;

/** A line that is not blank. */
export interface Line {
  /** From 1; blank lines count. */
  readonly number: number;
  /** Cut at `MAX_LINE_BYTES`, without line end and byte-order mark. A view of its chunk: copy what outlives the batch. */
  readonly bytes: Uint8Array;
  /** True length; larger than `MAX_LINE_BYTES` when the line was cut. */
  readonly byteLength: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** A byte-order mark comes off the longest line that fits, so it is held too. */
const MAX_HELD_BYTES = MAX_LINE_BYTES + BYTE_ORDER_MARK.length;

/** White space of JSON within a line. */
const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CARRIAGE_RETURN);

/** A view of bytes `from` to `to`; `subarray` takes twice as long, which counts at a million lines. */
const viewOf = (chunk: Uint8Array, from: number, to: number): Uint8Array =>
  new Uint8Array(chunk.buffer, chunk.byteOffset + from, to - from);

/** A line as it stands in the stream, mark and carriage return included. */
interface RawLine {
  /** Cut at `MAX_HELD_BYTES` at the least. */
  readonly bytes: Uint8Array;
  readonly byteLength: number;
  readonly lastByte: number | undefined;
}

/** The beginning of a line whose end is in a later chunk. */
class OpenLine {
  #held = new Uint8Array(1024);
  #byteLength = 0;
  #lastByte: number | undefined;

  get isEmpty(): boolean {
    return this.#byteLength === 0;
  }

  add(piece: Uint8Array): void {
    const heldLength = Math.min(this.#byteLength, MAX_HELD_BYTES);
    const kept = piece.subarray(0, MAX_HELD_BYTES - heldLength);
    if (heldLength + kept.length > this.#held.length) {
      const grown = new Uint8Array(Math.min(MAX_HELD_BYTES, 2 * (heldLength + kept.length)));
      grown.set(this.#held.subarray(0, heldLength));
      this.#held = grown;
    }
    this.#held.set(kept, heldLength);
    this.#byteLength += piece.length;
    if (piece.length > 0) this.#lastByte = piece.at(-1);
  }

  /** Gives the line away and starts the next one. */
  take(): RawLine {
    const byteLength = this.#byteLength;
    this.#byteLength = 0;
    return { bytes: this.#held.slice(0, Math.min(byteLength, MAX_HELD_BYTES)), byteLength, lastByte: this.#lastByte };
  }
}

/** Takes mark and carriage return off; undefined for a blank line. */
const finishLine = (number: number, { bytes: raw, byteLength: rawLength, lastByte }: RawLine): Line | undefined => {
  const start =
    number === 1 && BYTE_ORDER_MARK.every((byte, index) => raw[index] === byte) ? BYTE_ORDER_MARK.length : 0;
  const end = lastByte === CARRIAGE_RETURN ? rawLength - 1 : rawLength;
  const byteLength = end - start;
  const bytes = raw.subarray(start, Math.min(end, start + MAX_LINE_BYTES));
  return byteLength <= MAX_LINE_BYTES && isBlank(bytes) ? undefined : { number, bytes, byteLength };
};

/**
 * Splits a byte stream into its lines that are not blank, a batch for each chunk, and never holds more than `MAX_LINE_BYTES`
 * of one line. Carriage returns before line feeds and a byte-order mark at the start of the stream are taken off.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  const open = new OpenLine();
  let number = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      number += 1;
      const piece = viewOf(chunk, start, end);
      start = end + 1;
      let raw: RawLine = { bytes: piece, byteLength: piece.length, lastByte: piece.at(-1) };
      if (!open.isEmpty) {
        open.add(piece);
        raw = open.take();
      }
      const line = finishLine(number, raw);
      if (line !== undefined) lines.push(line);
    }
    open.add(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  const last = finishLine(number + 1, open.take());
  if (last !== undefined) yield [last];
}
