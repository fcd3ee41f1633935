import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";

import { deleteUnfinishedTables } from "../../lib/local/unfinished-tables.ts";

interface Table {
  readonly TableName: string;
  readonly TableStatus: string;
}

interface DynaliteDb {
  create(options: { readonly path: string }): {
    readonly tableDb: {
      put(this: void, name: string, table: Table, callback: (error: Error | null) => void): void;
      createValueStream(range: object): AsyncIterable<Table>;
    };
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  };
}

const db = createRequire(import.meta.url)("dynalite/db/index.js") as DynaliteDb;

let path: string;

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), "tables-"));
  path = join(parent, "dynamodb");
  return () => rm(parent, { recursive: true });
});

test("a table that was still being created goes, one that is active stays", async () => {
  const before = db.create({ path });
  for (const [TableName, TableStatus] of [
    ["Half", "CREATING"],
    ["Whole", "ACTIVE"],
  ] as const)
    await promisify(before.tableDb.put)(TableName, { TableName, TableStatus });
  await before.lifecycleManager.gracefulClose();

  await deleteUnfinishedTables(path);

  const after = db.create({ path });
  const tables: Table[] = [];
  for await (const table of after.tableDb.createValueStream({})) tables.push(table);
  expect(tables).toEqual([{ TableName: "Whole", TableStatus: "ACTIVE" }]);
  await after.lifecycleManager.gracefulClose();
});

test("a folder that is not there yet is created", async () => {
  await deleteUnfinishedTables(path);
  await expect(readFile(join(path, "CURRENT"), "utf8")).resolves.toContain("MANIFEST");
});

test("a folder that cannot be opened fails", async () => {
  await writeFile(path, "a file");
  await expect(deleteUnfinishedTables(path)).rejects.toThrow("not open");
});
