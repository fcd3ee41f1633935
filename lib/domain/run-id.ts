import { hashHex } from "./random.ts";

/**
 * What a run is started with. The version of an upload is its version id, or its ETag where the bucket keeps no versions; that of a
 * standing file is the time for which the run was scheduled.
 */
export interface InboxObject {
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

/**
 * The id of the run that an object starts: the name of its folder, to be recognised, and a hash, to be the same whenever the
 * same object is announced. At most 61 of `A-Za-z0-9-`, which an execution's name (80 characters) may be.
 */
export const runIdFor = ({ bucket, key, version }: InboxObject): string => {
  const folder = key.split("/").at(-2) ?? "run";
  const name = folder
    .replaceAll(/[^A-Za-z0-9]+/gu, "-")
    .replaceAll(/^-+|-+$/gu, "")
    .slice(0, 40);
  return `${name === "" ? "run" : name}-${hashHex(bucket, key, version).slice(0, 20)}`;
};
