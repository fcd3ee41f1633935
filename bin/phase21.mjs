#!/usr/bin/env node
/**
 * What `npm start` and a shell run: plain JavaScript, because an old Node cannot even read the TypeScript that would tell it so. Where Node
 * is too old, the one that `npm ci` brought takes over.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
// Whole, because an old Node has no enableCompileCache to import.
import module from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  // Before the first TypeScript: from the cache it comes as JavaScript, and the compiler is not even loaded.
  module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/phase21/compiled", import.meta.url)));
  await import("./phase21.ts");
} else {
  const script = fileURLToPath(import.meta.url);
  const brought = join(script, "../../node_modules/.bin/node");
  if (existsSync(brought) && process.env.PHASE21_OWN_NODE === undefined) {
    const env = { ...process.env, PHASE21_OWN_NODE: "1" };
    const { status } = spawnSync(brought, [script, ...process.argv.slice(2)], { stdio: "inherit", env });
    process.exitCode = status ?? 1;
  } else {
    process.stderr.write(
      `error: Node ${process.versions.node}: expected 22.18 or newer; on Linux "npm ci" brings one, elsewhere install it from your system\n`,
    );
    process.exitCode = 2;
  }
}
