import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";

/**
 * Gives a SHA-256, in hexadecimal, over the contents and names of files and of everything in folders. Names count from the given
 * path on, so that the hash does not change with the place of the checkout.
 */
export async function hashSources(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesOf(path)) {
      const content = readFileSync(file);
      hash.update(`${join(basename(path), relative(path, file))}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}

/** Read one after the other: for small files that are in the page cache, promises cost several times the reading. */
function filesOf(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
