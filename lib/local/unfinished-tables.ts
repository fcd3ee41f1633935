import { createRequire } from "node:module";
import { promisify } from "node:util";

/** The part of dynalite that reads and writes a folder. */
interface DynaliteDb {
  create(options: { readonly path: string }): {
    readonly tableDb: {
      createValueStream(range: object): AsyncIterable<{ readonly TableName: string; readonly TableStatus: string }>;
      del(this: void, name: string, callback: (error: Error | null) => void): void;
    };
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  };
}

/**
 * Deletes the tables of a folder that were still being created when their process died: dynalite would leave them so for ever.
 * They hold nothing, since a table takes no items before it is active.
 *
 * @throws Error when the folder cannot be opened
 */
export const deleteUnfinishedTables = async (path: string): Promise<void> => {
  const db = createRequire(import.meta.url)("dynalite/db/index.js") as DynaliteDb;
  const { tableDb, lifecycleManager } = db.create({ path });
  try {
    for await (const { TableName, TableStatus } of tableDb.createValueStream({})) {
      if (TableStatus === "CREATING") await promisify(tableDb.del)(TableName);
    }
  } finally {
    await lifecycleManager.gracefulClose();
  }
};
