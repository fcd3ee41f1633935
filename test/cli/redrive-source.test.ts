import { type HeadObjectCommand, ListObjectVersionsCommand, NotFound } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { sourceFromCloud } from "../../lib/cli/redrive-source.ts";
import { UsageError } from "../../lib/cli/usage-error.ts";
import { runIdFor } from "../../lib/domain/run-id.ts";
import type { RunItem } from "../../lib/domain/run-item.ts";
import { runItem } from "../steps/builders.ts";

const started = "2026-03-01T12:00:00.000Z";
const before = new Date("2026-03-01T11:59:59Z");
const after = new Date("2026-03-01T12:00:01Z");

interface Kept {
  readonly etag?: string;
  readonly modified: Date;
  readonly versions?: readonly { readonly VersionId: string; readonly LastModified: Date }[];
}

/** The source of a run whose bucket holds these objects; what is read is told as key and version. */
const sourceOf = (run: RunItem, kept: Readonly<Record<string, Kept>>) => {
  const reads: string[] = [];
  const send = async (command: HeadObjectCommand | ListObjectVersionsCommand) => {
    if (command instanceof ListObjectVersionsCommand) {
      const { Prefix = "" } = command.input;
      return { Versions: (kept[Prefix]?.versions ?? []).map((version) => ({ Key: Prefix, ...version })) };
    }
    const object = kept[command.input.Key ?? ""];
    if (object === undefined) throw new NotFound({ message: "", $metadata: {} });
    return { ETag: `"${object.etag ?? ""}"`, LastModified: object.modified };
  };
  const stack = {
    outputs: { BucketName: "bucket", StateMachineArn: "arn:aws:states:us-east-1:0:stateMachine:Run" },
    clients: { s3: { send }, sfn: { send: async () => ({ status: "SUCCEEDED" }) } },
    runs: { read: async () => run },
    objects: {
      read: async (key: string, version?: string) => {
        reads.push(version === undefined ? key : `${key}@${version}`);
        return [];
      },
    },
  };
  return { source: sourceFromCloud(stack as never, run.run_id, "the stack"), reads };
};

const folder = "inbox/nightly";
const predictions = `${folder}/predictions.jsonl`;
const schedule = `${folder}/schedule.jsonl`;

describe("predictions of an inbox without versions", () => {
  const run = (etag: string): RunItem => ({
    ...runItem(),
    run_id: runIdFor({ bucket: "bucket", key: predictions, version: etag }),
    input: { bucket: "bucket", key: predictions },
    started_at: started,
  });

  test("are those that the run is named after", async () => {
    const { source, reads } = sourceOf(run("one"), { [predictions]: { etag: "one", modified: after } });
    const { predictions: open, schedule: openSchedule } = await source;
    await open();
    await openSchedule();
    expect(reads).toEqual([predictions, schedule]);
  });

  test("are refused where they were overwritten", async () => {
    const { source } = sourceOf(run("one"), { [predictions]: { etag: "two", modified: after } });
    await expect(source).rejects.toThrow(UsageError);
    await expect(source).rejects.toThrow(/expected inbox\/nightly\/predictions.jsonl as the run read it/u);
  });
});

describe("predictions that run by the clock", () => {
  const key = "standing/nightly/predictions.jsonl";
  const run: RunItem = { ...runItem(), input: { bucket: "bucket", key }, started_at: started };

  test("are those of the run as long as they are older than it", async () => {
    const { source, reads } = sourceOf(run, { [key]: { modified: before } });
    await (await source).predictions();
    expect(reads).toEqual([key]);
  });

  test.each(["predictions.jsonl", "schedule.jsonl"])("are refused where %s is younger than the run", async (name) => {
    const kept = { [key]: { modified: before }, [`standing/nightly/${name}`]: { modified: after } };
    await expect(sourceOf(run, kept).source).rejects.toThrow(`expected standing/nightly/${name} as the run read it`);
  });
});

describe("an inbox with versions", () => {
  const run: RunItem = {
    ...runItem(),
    input: { bucket: "bucket", key: predictions, version_id: "v1" },
    started_at: started,
  };

  test("gives the predictions that started the run, and the schedule as it was then", async () => {
    const versions = [
      { VersionId: "s3", LastModified: after },
      { VersionId: "s2", LastModified: before },
      { VersionId: "s1", LastModified: before },
    ];
    const { source, reads } = sourceOf(run, { [schedule]: { modified: after, versions } });
    const opened = await source;
    await opened.predictions();
    await opened.schedule();
    expect(reads).toEqual([`${predictions}@v1`, `${schedule}@s2`]);
  });

  test("gives no schedule to a run that had none", async () => {
    const versions = [{ VersionId: "s3", LastModified: after }];
    const { source, reads } = sourceOf(run, { [schedule]: { modified: after, versions } });
    expect(await (await source).schedule()).toBeUndefined();
    expect(reads).toEqual([]);
  });
});
