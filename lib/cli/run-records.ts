import { open } from "node:fs/promises";
import { join } from "node:path";

import { chooseRun, type NamedRun } from "../domain/choose-run.ts";
import { type OutputFile, runKeys } from "../domain/run-keys.ts";
import type { RunItem } from "../domain/run-item.ts";
import type { Whereabouts } from "./find-run.ts";
import {
  type FolderRun,
  listFolderRuns,
  listTableRuns,
  readFolderRun,
  readTableRun,
  type TableRun,
} from "./known-runs.ts";
import { withReachableStack } from "./reach-stack.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** Where the user says that the records of a run are. */
export interface RecordsWhereabouts extends Whereabouts {
  /** The folder that a run's files were written to. @default out/<run_id> */
  readonly out?: string;
}

/** The records of one run, wherever they are. */
export interface RunRecords {
  readonly runId: string;
  /** The output folder, or where the files stand in the bucket. */
  readonly place: string;
  /** The output folder; undefined where only a cloud has the files. */
  readonly folder: string | undefined;
  /** A file of the run (SPEC O1); undefined where it is not there. */
  readonly read: (file: OutputFile) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The cloud that keeps the plan and the waves of the run; undefined where it is out of reach. */
  readonly stack: Stack | undefined;
  /** As the cloud's table has it. */
  readonly item: Partial<RunItem> | undefined;
}

/** A run by where it was found. */
type FoundRun = NamedRun & Partial<Pick<FolderRun, "folder">> & Partial<Pick<TableRun, "item">>;

/** The records of so many runs as were named. */
type RecordsOf<Names extends readonly string[]> = { readonly [Index in keyof Names]: RunRecords };

const readFile = async (path: string): Promise<AsyncIterable<Uint8Array> | undefined> => {
  try {
    const file = await open(path);
    return file.createReadStream();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${path}: expected a file that can be read: ${(error as Error).message}`, { cause: error });
  }
};

/** The runs that left files here: the one of `--out`, else those of `out/`, else the one whose folder was named instead of an id. */
const folderRuns = async (name: string, out: string | undefined): Promise<readonly FolderRun[]> => {
  if (out !== undefined) {
    const run = await readFolderRun(out);
    if (run === undefined) throw new UsageError(`--out ${out}: expected the folder of a run's files, it has none`);
    return [run];
  }
  const known = await listFolderRuns();
  if (chooseRun(name, known, "").ok) return known;
  const named = await readFolderRun(name);
  return named === undefined ? known : [{ ...named, runId: name }];
};

const placeOf = ({ stack, data, out }: RecordsWhereabouts): string => {
  if (out !== undefined) return `--out ${out}`;
  if (stack !== undefined) return `stack ${stack}`;
  return data === undefined ? "out/" : `--data ${data}`;
};

const choose = <Run extends NamedRun>(name: string, runs: readonly Run[], where: RecordsWhereabouts): Run => {
  const chosen = chooseRun(name, runs, placeOf(where));
  if (chosen.ok) return chosen.run;
  const { stack, data, out } = where;
  const hint = stack ?? data ?? out;
  throw new UsageError(hint === undefined ? `${chosen.reason}; --data or --stack names a cloud` : chosen.reason);
};

/** An id that the table has needs no look at all of its runs. */
const tableRuns = async (stack: Stack, name: string): Promise<readonly TableRun[]> => {
  const exact = await readTableRun(stack, name);
  return exact === undefined ? listTableRuns(stack) : [exact];
};

const openRecords = async ({ runId: name, folder, item }: FoundRun, stack: Stack | undefined): Promise<RunRecords> => {
  const runId = (folder === undefined ? undefined : await readFolderRun(folder))?.runId ?? name;
  const key = (file: OutputFile) => runKeys(runId).output(file);
  const inBucket = `s3://${stack?.outputs["BucketName"]}/runs/${runId}/output`;
  return {
    runId,
    place: folder ?? inBucket,
    folder,
    read: async (file) =>
      (folder === undefined ? undefined : await readFile(join(folder, file))) ?? stack?.objects.read(key(file)),
    stack,
    item,
  };
};

/** The runs of both places: files that are here are read here, what only the cloud has comes from there. */
const mergeRuns = (folders: readonly FolderRun[], tables: readonly TableRun[]): readonly FoundRun[] => {
  const items = new Map(tables.map((run) => [run.runId, run]));
  const here = folders.map((run): FoundRun => ({ ...run, ...items.get(run.runId), folder: run.folder }));
  const ids = new Set(folders.map(({ runId }) => runId));
  return [...here, ...tables.filter(({ runId }) => !ids.has(runId))];
};

/**
 * Runs `use` on the records of the runs that are named by id, by the beginning of an id, as `latest`, or by the folder of their
 * files. They are looked for in `--out`, then in `out/`, then in the cloud that is named.
 *
 * @throws UsageError when there is no such run; it says what there is
 */
export const withRunRecords = async <const Names extends readonly string[]>(
  names: Names,
  where: RecordsWhereabouts,
  signal: AbortSignal,
  use: (records: RecordsOf<Names>) => Promise<void>,
): Promise<void> => {
  const folders = await Promise.all(names.map((name) => folderRuns(name, where.out)));
  if (where.stack === undefined && where.data === undefined) {
    const found = names.map((name, index) => choose(name, folders[index] ?? [], where));
    return use((await Promise.all(found.map((run) => openRecords(run, undefined)))) as RecordsOf<Names>);
  }
  await withReachableStack(where, signal, async (stack) => {
    const records: RunRecords[] = [];
    for (const [index, name] of names.entries()) {
      const runs = mergeRuns(folders[index] ?? [], await tableRuns(stack, name));
      records.push(await openRecords(choose(name, runs, where), stack));
    }
    await use(records as readonly RunRecords[] as RecordsOf<Names>);
  });
};

/** The text of a run's file. @throws UsageError when the run does not have it */
export const readText = async ({ runId, place, read }: RunRecords, file: OutputFile): Promise<string> => {
  const body = await read(file);
  if (body === undefined) throw new UsageError(`run ${runId}: expected ${file} in ${place}, it is not there`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};
