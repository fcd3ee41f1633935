/** CLI entry: runs the command line; an interrupt stops it cleanly, a second one at once. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/phase21/compiled"));
const { main } = await import("../lib/cli/main.ts");

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupt.abort());
}
process.exitCode = await main(process.argv.slice(2), interrupt.signal);
