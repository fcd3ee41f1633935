#!/usr/bin/env node
/** CLI entry: checks the version of Node, then runs the command line. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: Node ${process.versions.node}: expected 22.18 or newer; run it by "npm start --" after "npm ci", which brings Node 24 on Linux, or install a newer Node\n`,
  );
  process.exit(2);
}

enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/phase21/compiled"));
const { main } = await import("../lib/cli/main.ts");

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupt.abort());
}
process.exitCode = await main(process.argv.slice(2), interrupt.signal);
