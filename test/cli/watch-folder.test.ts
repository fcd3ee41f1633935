import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type Drop, inboxFolderOf, watchFolder } from "../../lib/cli/watch-folder.ts";

let directory: string;
let taken: Drop[];
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "phase21-watch-"));
  taken = [];
  lines = [];
});

afterEach(() => rm(directory, { recursive: true }));

/** A watcher of the folder; `fault` is what a drop fails with. */
const watch = (fault?: Error, signal = new AbortController().signal) =>
  watchFolder({
    directory,
    signal,
    say: (line) => void lines.push(line),
    take: async (drop) => {
      if (fault !== undefined) throw fault;
      taken.push(drop);
    },
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
    const look = watchFolder({
      directory,
      signal: end.signal,
      say: (line) => void lines.push(line),
      take: async () => {
        end.abort();
        throw new Error("the cloud is gone");
      },
    });
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

test("a folder that is gone is told", async () => {
  const look = watchFolder({
    directory: join(directory, "gone"),
    take: async () => {},
    say: () => {},
    signal: new AbortController().signal,
  });
  await expect(look()).rejects.toThrow("ENOENT");
});

test.each([
  ["nightly.jsonl", "inbox/nightly"],
  ["my file (2).jsonl", "inbox/my-file-2-"],
  ["a.b.jsonl", "inbox/a-b"],
  ["whole", "inbox/whole"],
])("%s goes to %s", (entry, folder) => {
  expect(inboxFolderOf({ entry, files: { predictions: entry } })).toBe(folder);
});
