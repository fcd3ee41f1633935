import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type InboxObject, runIdFor } from "../../lib/domain/run-id.ts";

const object: InboxObject = { bucket: "bucket", key: "inbox/nightly/predictions.jsonl", version: "v1" };

describe("the id of a run", () => {
  test("is the same whenever the same object is announced", () => {
    expect(runIdFor({ ...object })).toBe(runIdFor(object));
  });

  test.each([
    { field: "bucket", other: { ...object, bucket: "other" } },
    { field: "key", other: { ...object, key: "inbox/weekly/predictions.jsonl" } },
    { field: "version", other: { ...object, version: "v2" } },
  ])("is another one for another $field", ({ other }) => {
    expect(runIdFor(other)).not.toBe(runIdFor(object));
  });

  test.each([
    { title: "begins with the name of the inbox folder", key: "inbox/nightly/predictions.jsonl", name: "nightly" },
    { title: "has dashes for what an execution's name may not hold", key: "inbox/a b_ç!/x", name: "a-b" },
    { title: "begins with run where nothing of the name is left", key: "inbox/___/x", name: "run" },
    { title: "begins with run where there is no folder", key: "predictions.jsonl", name: "run" },
  ])("$title", ({ key, name }) => {
    expect(runIdFor({ ...object, key })).toMatch(new RegExp(`^${name}-[0-9a-f]{20}$`, "u"));
  });

  test("is a name that Step Functions takes, whatever the key", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: "binary" }), (key) => {
        expect(runIdFor({ ...object, key })).toMatch(/^[A-Za-z0-9-]{1,61}$/u);
      }),
    );
  });
});
