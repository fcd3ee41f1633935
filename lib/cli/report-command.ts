import type { Command } from "commander";

import { htmlReportFile } from "./html-report-file.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Adds `report`, which writes the report for a browser once more from the files of a run. */
export const addReport = (program: Command, signal: AbortSignal): void => {
  program
    .command("report")
    .description("write execution_report.html again from the files of a run")
    .argument("<run>", "id of the run, the beginning of it, latest, or the folder of its files")
    .action(async (name: string) => {
      const { withRunRecords } = await import("./run-records.ts");
      const { writeHtmlReport } = await import("./write-html-report.ts");
      await withRunRecords([name], {}, signal, async ([run]) => {
        if (run?.folder === undefined) throw new UsageError(`run ${name}: expected a run that left its files here`);
        await writeHtmlReport(run.folder);
        createTerminal(false).say(`${run.folder}/${htmlReportFile}`);
      });
    });
};
