import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type Drop, watchFolder } from "../../lib/cli/watch-folder.ts";

let directory: string;
let taken: Drop[];
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "phase21-watch-"));
  taken = [];
  lines = [];
});

afterEach(() => rm(directory, { recursive: true }));

const watchWith = (take: (found: Drop) => Promise<void>, signal = new AbortController().signal) =>
  watchFolder({ directory, signal, say: (line) => void lines.push(line), take });

/** A watcher of the folder; `fault` is what a drop fails with. */
const watch = (fault?: Error) =>
  watchWith(async (found) => {
    if (fault !== undefined) throw fault;
    taken.push(found);
  });

const drop = (path: string, text = "{}\n") => writeFile(join(directory, path), text);
const entriesOf = async (path: string): Promise<readonly string[]> => (await readdir(join(directory, path))).toSorted();

describe("a file in a watched folder", () => {
  test("is taken at the second look, and moved away", async () => {
    const look = watch();
    await drop("a.jsonl");
    await look();
    expect(taken).toEqual([]);
    await look();
    await look();
    expect(taken).toMatchObject([{ entry: "a.jsonl", files: { predictions: join(directory, "a.jsonl") } }]);
    expect(await entriesOf(".")).toEqual(["taken"]);
    expect(await entriesOf("taken")).toEqual(["a.jsonl"]);
  });

  test.each([
    ["grows", () => drop("a.jsonl", "{}\n{}\n")],
    ["is written again", () => utimes(join(directory, "a.jsonl"), 1, 1)],
  ])("is left alone as long as it %s", async (_, change) => {
    const look = watch();
    await drop("a.jsonl");
    await look();
    await change();
    await look();
    expect(taken).toEqual([]);
    await look();
    expect(taken).toHaveLength(1);
  });

  test("is taken again when it is dropped again, and both are kept", async () => {
    const look = watch();
    for (const text of ["1", "2", "3"]) {
      await drop("a.jsonl", text);
      await look();
      await look();
    }
    expect(taken).toHaveLength(3);
    expect(await entriesOf("taken")).toEqual(["a-2.jsonl", "a-3.jsonl", "a.jsonl"]);
    expect(await readFile(join(directory, "taken/a-3.jsonl"), "utf8")).toBe("3");
  });

  test("that cannot be taken is set aside with the reason in one line", async () => {
    const look = watch(new Error("a.jsonl: no such\n luck"));
    await drop("a.jsonl");
    await look();
    await look();
    await look();
    const path = join(directory, "failed", "a.jsonl");
    expect(lines).toEqual([`a.jsonl failed: a.jsonl: no such luck; it is in ${path}`]);
    expect(await entriesOf("failed")).toEqual(["a.jsonl", "a.jsonl.error"]);
    expect(await readFile(`${path}.error`, "utf8")).toBe("a.jsonl: no such luck\n");
  });

  test("stays where it is when the end comes while it is taken", async () => {
    const end = new AbortController();
    const look = watchWith(async () => {
      end.abort();
      throw new Error("the cloud is gone");
    }, end.signal);
    await drop("a.jsonl");
    await drop("b.jsonl");
    await look();
    await look();
    expect(await entriesOf(".")).toEqual(["a.jsonl", "b.jsonl"]);
    expect(lines).toEqual([]);
  });

  test("of another name is none of its business", async () => {
    const look = watch();
    for (const name of ["a.json", ".a.jsonl", "a.jsonl.part", "taken.txt"]) await drop(name);
    await symlink(join(directory, "nowhere"), join(directory, "gone.jsonl"));
    await look();
    await look();
    expect(taken).toEqual([]);
  });
});

describe("a sub-folder of a watched folder", () => {
  test("is taken as a whole, with what stands beside its predictions", async () => {
    const look = watch();
    await mkdir(join(directory, "whole"));
    await drop("whole/predictions.jsonl");
    await drop("whole/config.json");
    await look();
    await drop("whole/schedule.jsonl");
    await look();
    expect(taken).toEqual([]);
    await look();
    const path = (name: string) => join(directory, "whole", name);
    expect(taken).toMatchObject([
      {
        entry: "whole",
        files: {
          predictions: path("predictions.jsonl"),
          schedule: path("schedule.jsonl"),
          config: path("config.json"),
        },
      },
    ]);
    expect(await entriesOf("taken/whole")).toEqual(["config.json", "predictions.jsonl", "schedule.jsonl"]);
  });

  test("without predictions is left alone, and so is what was taken before", async () => {
    const look = watch();
    for (const name of ["empty", "taken", "failed"]) await mkdir(join(directory, name));
    await drop("empty/config.json");
    await drop("taken/predictions.jsonl");
    await look();
    await look();
    expect(taken).toEqual([]);
  });
});

describe("a watched folder where something goes wrong", () => {
  test("tells once that it is gone, and goes on when it is back", async () => {
    const look = watch();
    await rm(directory, { recursive: true });
    await look();
    await look();
    expect(lines).toEqual([expect.stringMatching(/ cannot be read, and nothing is taken until it can: ENOENT/u)]);
    await mkdir(directory);
    await drop("a.jsonl");
    await look();
    await look();
    expect(lines.slice(1)).toEqual([`${directory} can be read again`]);
    expect(taken).toHaveLength(1);
  });

  test("tells once of an entry that cannot be read, and takes the others", async () => {
    const look = watch();
    await symlink("loop.jsonl", join(directory, "loop.jsonl"));
    await drop("z.jsonl");
    for (let n = 0; n < 4; n += 1) await look();
    expect(taken).toMatchObject([{ entry: "z.jsonl" }]);
    expect(lines).toEqual([expect.stringMatching(/^loop\.jsonl cannot be taken, and stays where it is: ELOOP/u)]);
    await rm(join(directory, "loop.jsonl"));
    await drop("loop.jsonl");
    await look();
    await look();
    expect(taken).toHaveLength(2);
  });

  test.each([
    ["was taken", undefined],
    ["failed: no luck", new Error("no luck")],
  ])("leaves what %s and cannot be moved, takes it no second time, and goes on", async (outcome, fault) => {
    const look = watch(fault);
    await drop("taken");
    await drop("failed");
    await drop("a.jsonl");
    await drop("b.jsonl");
    for (let n = 0; n < 5; n += 1) await look();
    expect(lines).toEqual(
      ["a", "b"].map((name) =>
        expect.stringContaining(`${name}.jsonl ${outcome}; it stays where it is, because it cannot be moved: EEXIST`),
      ),
    );
    expect(taken).toHaveLength(fault === undefined ? 2 : 0);
    expect(await entriesOf(".")).toEqual(["a.jsonl", "b.jsonl", "failed", "taken"]);
  });
});

/** A watcher of the folder that does something to what it takes, and checks it as an upload does. */
const watchWhile = (change: (entry: string) => Promise<void>) =>
  watchWith(async (found) => {
    await change(found.entry);
    await found.checkUnchanged();
    taken.push(found);
  });

describe("an entry that changes while it is taken", () => {
  test("is forgotten when it vanishes, and the others are taken", async () => {
    const look = watchWhile(async (entry) => {
      if (entry === "a.jsonl") await rm(join(directory, entry));
    });
    await drop("a.jsonl");
    await drop("b.jsonl");
    await look();
    await look();
    expect(taken).toMatchObject([{ entry: "b.jsonl" }]);
    expect(lines).toEqual([]);
  });

  test("stays, says so, and is taken when it is quiet", async () => {
    let rest = "{}\n{}\n";
    const look = watchWhile(async () => {
      if (rest !== "") await drop("a.jsonl", rest);
      rest = "";
    });
    await drop("a.jsonl");
    await look();
    await look();
    expect(taken).toEqual([]);
    expect(await entriesOf(".")).toEqual(["a.jsonl"]);
    expect(lines).toEqual([
      "a.jsonl changed while it was taken: it stays where it is, and is taken again when it is quiet",
    ]);
    await look();
    expect(taken).toEqual([]);
    await look();
    expect(taken).toHaveLength(1);
    expect(await readFile(join(directory, "taken/a.jsonl"), "utf8")).toBe("{}\n{}\n");
  });

  test("stays also when it changes after the last check", async () => {
    const look = watchWith(() => drop("a.jsonl", "{}\n{}\n"));
    await drop("a.jsonl");
    await look();
    await look();
    expect(await entriesOf(".")).toEqual(["a.jsonl"]);
  });
});
