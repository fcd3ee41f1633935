import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";

import type { NamedRun } from "../domain/choose-run.ts";
import { outputFiles } from "../domain/run-keys.ts";
import type { RunItem } from "../domain/run-item.ts";
import type { MetricsSummary } from "../domain/summary.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** Where `run` leaves the files of a run: `out/<run_id>`. */
const OUTPUT = "out";

/** A run that left files on this machine. */
export interface FolderRun extends NamedRun {
  readonly folder: string;
  /** undefined where the run broke off before its summary was written. */
  readonly summary: MetricsSummary | undefined;
}

/** A run as a cloud's table has it. */
export interface TableRun extends NamedRun {
  /** Of a run that broke off before it was planned most fields are missing. */
  readonly item: Partial<RunItem>;
}

const readSummary = async (folder: string): Promise<MetricsSummary | undefined> => {
  const path = join(folder, "metrics_summary.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as MetricsSummary;
  } catch (error) {
    throw new UsageError(`${path}: expected the summary of a run: ${(error as Error).message}`, { cause: error });
  }
};

/** When the newest of a run's files was written; undefined where the folder has none. */
const writtenAt = async (folder: string): Promise<number | undefined> => {
  const times = await Promise.all(
    outputFiles.map((file) =>
      stat(join(folder, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = Math.max(...times);
  return newest === 0 ? undefined : newest;
};

/** The run whose files stand in a folder; undefined where there are none. @throws UsageError when its summary is not JSON */
export const readFolderRun = async (folder: string): Promise<FolderRun | undefined> => {
  const at = await writtenAt(folder);
  if (at === undefined) return undefined;
  const summary = await readSummary(folder);
  return { runId: summary?.run_id ?? folder.split(/[\\/]/u).at(-1) ?? folder, at, folder, summary };
};

/** The runs that left their files in `out/` of the current folder, in no order. */
export const listFolderRuns = async (): Promise<readonly FolderRun[]> => {
  const names = await readdir(OUTPUT).catch(() => []);
  const runs = await Promise.all(names.map((name) => readFolderRun(join(OUTPUT, name))));
  return runs.filter((run) => run !== undefined);
};

const tableRun = (item: Partial<RunItem> & Pick<RunItem, "run_id">): TableRun => ({
  runId: item.run_id,
  at: Date.parse(item.started_at ?? item.finished_at ?? "") || 0,
  item,
});

/** The run of this id that a cloud's table has. */
export const readTableRun = async ({ runs }: Stack, runId: string): Promise<TableRun | undefined> => {
  const item = await runs.read(runId);
  return item === undefined ? undefined : tableRun({ ...item, run_id: runId });
};

/** The runs that a cloud's table has, in no order. */
export const listTableRuns = async ({ clients, outputs }: Stack): Promise<readonly TableRun[]> => {
  const found: TableRun[] = [];
  const pages = paginateScan(
    { client: DynamoDBDocumentClient.from(clients.dynamodb) },
    {
      TableName: outputs["TableName"],
      FilterExpression: "sk = :sk",
      ExpressionAttributeValues: { ":sk": "RUN" },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { pk, run_id, ...item } of Items as (Partial<RunItem> & { readonly pk: string })[]) {
      found.push(tableRun({ ...item, run_id: run_id ?? pk.slice("RUN#".length) }));
    }
  }
  return found;
};
