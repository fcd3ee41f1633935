import { stripVTControlCharacters } from "node:util";

import { createLogUpdate } from "log-update";

/** A few lines at the bottom of a terminal that change in place, while other lines go by above them. */
export interface LiveLines {
  /** How many columns a line may have. */
  readonly columns: number;
  /** Replaces the lines by these; the cursor is hidden from now on. */
  draw(lines: readonly string[]): void;
  /** Removes the lines and shows the cursor again. */
  end(): void;
}

const cursorUpAndErase = "\u001B[1A\u001B[2K";
const hideCursor = "\u001B[?25l";
const showCursor = "\u001B[?25h";

/** What may end the process without another word: from then on the terminal must be as it was. */
const endings = ["SIGINT", "SIGTERM", "exit"] as const;

/**
 * Lines at the bottom of a terminal. While they are drawn, whatever else is written to the stream, by whomever, stands whole above
 * them.
 */
export const createLiveLines = (stream: NodeJS.WriteStream): LiveLines => {
  // Its own way to give the cursor back ends the process at the first interrupt, where the command is to end well.
  const frame = createLogUpdate(stream, { showCursor: true });
  const write = stream.write.bind(stream);
  let shown: readonly string[] | undefined;
  let isDrawing = false;
  let isOver = false;
  const whileDrawing = (draw: () => void): void => {
    isDrawing = true;
    draw();
    isDrawing = false;
  };
  const redraw = () => whileDrawing(() => frame((shown ?? []).join("\n")));
  const writeAbove = (...args: Parameters<typeof write>): boolean => {
    if (isDrawing) return write(...args);
    whileDrawing(() => frame.clear());
    const [text] = args;
    const isTaken = write(...args);
    if (!String(text).endsWith("\n")) write("\n");
    redraw();
    return isTaken;
  };
  // A terminal that became narrower has broken each line into several rows, which log-update does not know of.
  const resize = (): void => {
    const rows = (shown ?? []).map((line) => Math.ceil(stripVTControlCharacters(line).length / stream.columns));
    const broken = rows.reduce((sum, count) => sum + Math.max(count - 1, 0), 0);
    whileDrawing(() => frame.clear());
    write(cursorUpAndErase.repeat(broken));
    redraw();
  };
  const end = (): void => {
    if (shown === undefined) return;
    shown = undefined;
    stream.off("resize", resize);
    for (const event of endings) process.off(event, endForGood);
    stream.write = write;
    frame.clear();
    write(showCursor);
  };
  const endForGood = (): void => {
    isOver = true;
    end();
  };
  return {
    get columns() {
      return stream.columns - 1;
    },
    draw: (lines) => {
      if (isOver) return;
      if (shown === undefined) {
        stream.write = writeAbove as typeof stream.write;
        stream.on("resize", resize);
        for (const event of endings) process.once(event, endForGood);
        write(hideCursor);
      }
      shown = lines;
      redraw();
    },
    end,
  };
};
