import { expect, test } from "vitest";

import { compareGrants } from "./compare-grants.ts";
import type { Grant } from "./policies.ts";
import type { AskedAction } from "./sdk-actions.ts";

const grant: Grant = { action: "s3:GetObject", resource: "arn:aws:s3:::bucket/runs/*" };
const call: AskedAction = { action: "s3:GetObject", resource: "arn:aws:s3:::bucket/runs/one/plan.json", context: {} };

const listing = (prefix?: string): AskedAction => ({
  action: "s3:ListBucket",
  resource: "arn:aws:s3:::bucket",
  context: prefix === undefined ? {} : { "s3:prefix": prefix },
});
const listed = (ifExists: boolean): Grant => ({
  action: "s3:ListBucket",
  resource: "arn:aws:s3:::bucket",
  condition: { key: "s3:prefix", pattern: "runs/*", ifExists },
});
const missing: AskedAction = { ...listing("runs/one/plan.json"), contextUnsure: true };

test("a call that a grant allows, and a grant that a call needs, do not differ", () => {
  expect(compareGrants([grant], [call])).toEqual({ denied: [], unused: [] });
});

test.each([
  { title: "another action", spoiled: { ...call, action: "s3:GetObjectVersion" } },
  { title: "a key beside the pattern", spoiled: { ...call, resource: "arn:aws:s3:::bucket/inbox/one" } },
])("$title is denied, and leaves the grant unused", ({ spoiled }) => {
  const denied = [`${spoiled.action} ${spoiled.resource}`];
  expect(compareGrants([grant], [spoiled])).toEqual({ denied, unused: [grant] });
});

test.each(["s3:GetObject*", "s3:*", "*"])("the wildcard action %s grants more than any call needs", (action) => {
  const wide = { ...grant, action };
  expect(compareGrants([wide], [call])).toEqual({ denied: [], unused: [wide] });
});

test.each([
  { title: "a listing under the prefix", asked: listing("runs/one/"), strict: true, lenient: true },
  { title: "a listing of another prefix", asked: listing("inbox/"), strict: false, lenient: false },
  { title: "a listing without a prefix", asked: listing(), strict: false, lenient: true },
  { title: "a missing object, whose prefix is unsure,", asked: missing, strict: false, lenient: true },
])("$title is held to a condition on the prefix", ({ asked, strict, lenient }) => {
  expect(compareGrants([listed(false)], [asked]).denied).toHaveLength(strict ? 0 : 1);
  expect(compareGrants([listed(true)], [asked]).denied).toHaveLength(lenient ? 0 : 1);
});
