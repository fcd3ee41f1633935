import { access, constants, rm } from "node:fs/promises";
import { join } from "node:path";

import { outputFiles } from "../domain/run-keys.ts";
import { makeFolder } from "../local/make-folder.ts";
import { UsageError } from "./usage-error.ts";
import { htmlReportFile } from "./html-report-file.ts";

/** Makes the folder that a run's files go to. @throws UsageError when it cannot be written */
export const checkWritable = async (directory: string): Promise<void> => {
  try {
    await makeFolder(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out ${directory}: expected a folder that can be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

/** Removes the files of an earlier run: they would pass for the next one's, should it break off. */
export const clearOutputs = async (directory: string): Promise<void> => {
  for (const name of [...outputFiles, htmlReportFile, "outputs", "logs"])
    await rm(join(directory, name), { recursive: true, force: true });
};
