import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";

import { afterEach, describe, expect, test } from "vitest";

import { createLiveLines } from "../../lib/cli/live-lines.ts";

const ESCAPE = "\u001B";

/** An escape sequence with its number and its letter, a line feed, or text. */
const pieces = new RegExp(`(${ESCAPE}\\[\\??(\\d*)([A-Za-z]))|\n|[^${ESCAPE}\n]+`, "gu");

/** A terminal of a screen's size that keeps what it is sent and shows what a person would see. */
class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  readonly rows = 24;
  sent = "";

  write(text: string): boolean {
    this.sent += text;
    return true;
  }

  /** The lines on the screen: upward moves, erased lines and line feeds are obeyed. */
  get screen(): readonly string[] {
    const lines = [""];
    let row = 0;
    for (const [piece, , count, command] of this.sent.matchAll(pieces)) {
      if (piece === "\n") lines[(row += 1)] ??= "";
      else if (command === "A") row -= Number(count || 1);
      else if (command === "B") row += Number(count || 1);
      else if (command === "K") lines[row] = count === "2" ? "" : (lines[row] ?? "");
      else if (command === undefined) lines[row] = stripVTControlCharacters(piece);
    }
    return lines.filter((line) => line !== "");
  }

  get isCursorShown(): boolean {
    return this.sent.lastIndexOf("\u001B[?25l") <= this.sent.lastIndexOf("\u001B[?25h");
  }
}

const ended: (() => void)[] = [];
afterEach(() => ended.splice(0).forEach((end) => end()));

const create = () => {
  const terminal = new FakeTerminal();
  const live = createLiveLines(terminal as unknown as NodeJS.WriteStream);
  ended.push(() => live.end());
  return { terminal, live };
};

describe("live lines", () => {
  test("are replaced by those that are drawn next", () => {
    const { terminal, live } = create();
    live.draw(["a 1", "b 1"]);
    live.draw(["a 2", "b 1"]);
    expect(terminal.screen).toEqual(["a 2", "b 1"]);
  });

  test("stand below whatever else is written, which stays whole", () => {
    const { terminal, live } = create();
    live.draw(["a 1", "b 1"]);
    terminal.write("warning: disk is nearly full\n");
    live.draw(["a 2", "b 2"]);
    expect(terminal.screen).toEqual(["warning: disk is nearly full", "a 2", "b 2"]);
  });

  test("begin on a line of their own behind a text without a line feed", () => {
    const { terminal, live } = create();
    live.draw(["a"]);
    terminal.write("no line feed");
    expect(terminal.screen).toEqual(["no line feed", "a"]);
  });

  test("leave nothing behind at their end but what was written beside them", () => {
    const { terminal, live } = create();
    live.draw(["a", "b"]);
    terminal.write("kept\n");
    live.end();
    terminal.write("after\n");
    expect(terminal.screen).toEqual(["kept", "after"]);
  });

  test("have a column less than the terminal, so that no line breaks", () => {
    const { terminal, live } = create();
    terminal.columns = 40;
    expect(live.columns).toBe(39);
  });

  test("erase the rows into which a terminal that became narrower has broken them", () => {
    const { terminal, live } = create();
    live.draw(["x".repeat(60), "y"]);
    const before = terminal.sent.length;
    terminal.columns = 40;
    terminal.emit("resize");
    const erased = terminal.sent.slice(before).split(`${ESCAPE}[2K`).slice(1);
    // Two lines, the broken half of the first, and the row of the cursor.
    expect(erased).toHaveLength(4);
  });
});

describe("the cursor", () => {
  test("is hidden while lines are drawn, and shown at their end", () => {
    const { terminal, live } = create();
    live.draw(["a"]);
    expect(terminal.isCursorShown).toBe(false);
    live.end();
    expect(terminal.isCursorShown).toBe(true);
  });

  test.each(["SIGINT", "SIGTERM", "exit"] as const)("is shown at once on %s, after which nothing is drawn", (event) => {
    const { terminal, live } = create();
    live.draw(["a"]);
    const [listener] = process.rawListeners(event).slice(-1);
    listener?.call(process);
    live.draw(["b"]);
    expect(terminal.isCursorShown).toBe(true);
    expect(terminal.screen).toEqual([]);
  });

  test("is left alone where nothing was drawn", () => {
    const { terminal, live } = create();
    live.end();
    expect(terminal.sent).toBe("");
  });
});
