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
    await mkdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(directory);
    if (code === "ENOENT" && parent !== directory && !(await isFolder(parent))) {
      await makeFolder(parent);
      await makeFolder(directory);
    } else if (!(await isFolder(directory))) throw error;
  }
};

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};
