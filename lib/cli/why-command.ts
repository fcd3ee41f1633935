import { tellStory } from "../domain/task-story.ts";
import { printableJson } from "./printable.ts";
import { renderStory } from "./render-story.ts";
import { type RecordsWhereabouts, withRunRecords } from "./run-records.ts";
import { findTaskFacts } from "./task-records.ts";
import { createTerminal } from "./terminal.ts";

export interface WhyOptions extends RecordsWhereabouts {
  readonly json?: boolean;
}

/**
 * Prints the story of one task of a run, from its records.
 *
 * @throws UsageError when there is no such run or task
 */
export const explainTask = (run: string, task: string, options: WhyOptions, signal: AbortSignal): Promise<void> =>
  withRunRecords([run], options, signal, async ([records]) => {
    const story = tellStory(await findTaskFacts(records, task));
    const { out } = createTerminal(true);
    await out(options.json === true ? printableJson(story) : renderStory(story, records.place));
  });
