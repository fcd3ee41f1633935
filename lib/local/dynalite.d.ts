declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    /** How long a table stays CREATING, in milliseconds (500 unless given); likewise the other two. */
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** The folder of the tables and items; in memory unless given. */
    path?: string;
  }

  function dynalite(options?: DynaliteOptions): Server;
  export = dynalite;
}
