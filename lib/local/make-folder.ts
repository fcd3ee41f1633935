import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it that are missing. Node's own recursive `mkdir` never ends where a folder that exists takes no
 * new ones and calls that ENOENT, as those of the kernel do.
 *
 * @throws the system's error where it cannot be made, or where something else has its name
 */
export const makeFolder = async (directory: string): Promise<void> => {
  try {
    await makeOne(directory);
  } catch (error) {
    const parent = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === directory) throw error;
    await makeFolder(parent);
    await makeOne(directory);
  }
};

/** Makes a folder in one that is there; another process may have made it at the same moment. */
const makeOne = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory);
  } catch (error) {
    if (!(await isFolder(directory))) throw error;
  }
};

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};
