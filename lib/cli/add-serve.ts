import type { Command } from "commander";

import { timeScale } from "./flags.ts";
import { portNumber } from "./page/port-number.ts";
import type { ServeOptions } from "./serve-command.ts";

/** Adds the command that keeps an embedded cloud up. */
export const addServe = (program: Command, signal: AbortSignal): void => {
  program
    .command("serve")
    .description("keep an embedded cloud up, where uploads and schedules start runs")
    .option("--data <folder>", "keeps the cloud's state (default: it ends with the command)")
    .option(
      "--inbox <folder>",
      "each *.jsonl, and each folder with predictions.jsonl, that is put there starts a run: write elsewhere, then move it in",
    )
    .option("--agents <file>", "agents.json: the fleet (default: the one of `agents apply`, else 4 simulated agents)")
    .option("--run-schedule <expression>", "when runs of --standing start, such as rate(1 day); UTC")
    .option("--standing <file>", "predictions that each scheduled run takes")
    .option("--port <n>", "of the page on 127.0.0.1 (default: 2121, or a free one where it is taken)", portNumber)
    .option("--time-scale <x>", "how long waits between attempts take, 1 = as deployed", timeScale, 0.1)
    .action(async (options: ServeOptions) => (await import("./serve-command.ts")).serve(options, signal));
};
