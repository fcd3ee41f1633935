import type { Writable } from "node:stream";

/** Writes a text and tells, once all of it has left the process, whether there is still a reader. */
export type FlushedOutput = (text: string) => Promise<boolean>;

const readerGone: ReadonlySet<string | undefined> = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** Each write tells its own error; a stream without a listener would end the process. */
const ignore = (): void => {};

/** An output for what must not be given up before it was written; it rejects where a write fails for another reason than a reader that went. */
export const createFlushedOutput = (stream: Writable): FlushedOutput => {
  stream.off("error", ignore).on("error", ignore);
  return (text) =>
    new Promise((resolve, reject) => {
      stream.write(text, (error?: NodeJS.ErrnoException | null) => {
        if (!error) resolve(true);
        else if (readerGone.has(error.code)) resolve(false);
        else reject(error);
      });
    });
};
