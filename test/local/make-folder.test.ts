import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, expect, test } from "vitest";

import { makeFolder } from "../../lib/local/make-folder.ts";

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "make-folder-"));
});

test("a folder is made with those above it, and may be there already", async () => {
  const folder = join(parent, "a", "b", "c");
  await makeFolder(folder);
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});

test("a folder that two make at a time is made, with those above it", async () => {
  const folder = join(parent, "a", "b");
  await Promise.all([makeFolder(join(folder, "c")), makeFolder(join(folder, "d")), makeFolder(folder)]);
  expect((await stat(join(folder, "d"))).isDirectory()).toBe(true);
});

test.each([
  ["a file has its name", "file", "EEXIST"],
  ["a file stands above it", "file/below", "ENOTDIR"],
])("a folder is refused where %s", async (_, name, code) => {
  await writeFile(join(parent, "file"), "");
  await expect(makeFolder(join(parent, name))).rejects.toMatchObject({ code });
});

test.runIf(process.platform === "linux")("a folder that the kernel does not take is refused at once", async () => {
  await expect(makeFolder("/proc/missing/below")).rejects.toMatchObject({ code: "ENOENT" });
});
