import { closeSync, createReadStream, openSync, readSync } from "node:fs";

/** Where a line stands in its file, in bytes, without its line end. */
export interface LineExtent {
  readonly position: number;
  readonly bytes: number;
}

const lineEnd = 0x0a;

/** Reads the whole lines of a file of any size; what follows the last line end is left out. */
export async function* readLines(file: string): AsyncGenerator<LineExtent & { readonly text: string }> {
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(lineEnd); end !== -1; end = rest.indexOf(lineEnd, start)) {
      yield { position, bytes: end - start, text: rest.toString("utf8", start, end) };
      position += end - start + 1;
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
}

/** Reads one line of a file again. */
export const readLine = (file: string, { position, bytes }: LineExtent): string => {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    readSync(descriptor, buffer, 0, bytes, position);
    return buffer.toString();
  } finally {
    closeSync(descriptor);
  }
};
