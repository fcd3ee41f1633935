/** CLI entry: runs the command line; an interrupt stops it cleanly, a second one at once. */
import { main } from "../lib/cli/main.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupt.abort());
}
process.exitCode = await main(process.argv.slice(2), interrupt.signal);
