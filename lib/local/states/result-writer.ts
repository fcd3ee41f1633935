import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { JsonValue } from "../../domain/json.ts";
import { transformResult } from "./child-result.ts";
import type { ResultCollector } from "./child-result.ts";
import type { WriterConfig } from "./definition.ts";
import { StateFailure, Stopped } from "./errors.ts";

/** Stores an object in the writer's bucket. */
type PutObject = (key: string, body: string | PassThrough) => Promise<unknown>;

/** A file that is stored while it is written, so that results never gather in memory. */
class ResultFile {
  readonly key: string;
  readonly #stream = new PassThrough();
  readonly #stored: Promise<unknown>;
  readonly #isArray: boolean;
  #size = 0;
  #drained: Promise<unknown> | undefined;

  constructor(key: string, isArray: boolean, put: PutObject) {
    this.key = key;
    this.#isArray = isArray;
    this.#stored = put(key, this.#stream);
    // Whoever appends or ends sees the failure, too; a reader that is left behind must not wait for more.
    this.#stored.catch(() => this.#stream.destroy());
  }

  async append(values: readonly JsonValue[]): Promise<void> {
    const start = !this.#isArray ? "" : this.#size === 0 ? "[\n" : ",\n";
    const text = values.map((value) => JSON.stringify(value)).join(this.#isArray ? ",\n" : "\n");
    if (this.#write(start + text + (this.#isArray ? "" : "\n"))) return;
    this.#drained ??= once(this.#stream, "drain").finally(() => (this.#drained = undefined));
    // A store that is done with the file, or failed, drains it no more.
    await Promise.race([this.#drained, this.#stored]);
  }

  async end(): Promise<{ Key: string; Size: number }> {
    if (this.#isArray) this.#write("\n]");
    this.#stream.end();
    await this.#stored;
    return { Key: this.key, Size: this.#size };
  }

  #write(text: string): boolean {
    this.#size += Buffer.byteLength(text);
    return this.#stream.write(text);
  }
}

const asWriterFailure = async <T>(write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Stopped) throw error;
    const cause = error instanceof StateFailure ? error.causeText : (error as Error).message;
    throw new StateFailure("States.ResultWriterFailed", cause);
  }
};

/** Where a ResultWriter writes. */
export interface WriterDestination {
  readonly bucket: string;
  /** Everything before the Map Run's own id; empty for none. */
  readonly prefix: string;
  readonly mapRunArn: string;
  readonly mapRunId: string;
}

/** Writes results to files in a bucket as they come; the Map's result says where their manifest is. */
export const writeResults = (
  { bucket, prefix, mapRunArn, mapRunId }: WriterDestination,
  config: WriterConfig,
  put: PutObject,
): ResultCollector => {
  const folder = `${prefix === "" ? "" : `${prefix.replace(/\/$/, "")}/`}${mapRunId}`;
  const isArray = config.outputType === "JSON";
  const files: { SUCCEEDED?: ResultFile; FAILED?: ResultFile } = {};
  return {
    add: async (child) => {
      const values = transformResult(child, config);
      if (values.length === 0) return;
      const kind = child.end.status === "SUCCEEDED" ? "SUCCEEDED" : "FAILED";
      const file = (files[kind] ??= new ResultFile(`${folder}/${kind}_0.${isArray ? "json" : "jsonl"}`, isArray, put));
      await asWriterFailure(() => file.append(values));
    },
    finish: () =>
      asWriterFailure(async () => {
        const [FAILED, SUCCEEDED] = await Promise.all([files.FAILED?.end(), files.SUCCEEDED?.end()]);
        const ResultFiles = { FAILED: FAILED ? [FAILED] : [], PENDING: [], SUCCEEDED: SUCCEEDED ? [SUCCEEDED] : [] };
        const key = `${folder}/manifest.json`;
        await put(key, JSON.stringify({ DestinationBucket: bucket, MapRunArn: mapRunArn, ResultFiles }));
        return { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket: bucket, Key: key } };
      }),
  };
};
