import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { followRun } from "../../lib/cli/follow-run.ts";
import { runIdFor } from "../../lib/domain/run-id.ts";

import { runToEnd, withStack } from "./run.ts";

const text = new TextEncoder();
const join = (lines: readonly (string | Uint8Array)[]): Uint8Array => {
  const parts = lines.flatMap((line) => [typeof line === "string" ? text.encode(line) : line, text.encode("\n")]);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
};

/** A hostile line and what its rejection must name. */
const hostile: readonly { readonly line: string | Uint8Array; readonly reason: RegExp }[] = [
  { line: "{not json", reason: /JSON/u },
  { line: `{"task_id":"long","payload":"${"x".repeat(100 * 1024)}"}`, reason: /65536 bytes, received 102/u },
  { line: '{"task_id":"proto","__proto__":{"admin":true}}', reason: /__proto__/u },
  { line: '{"task_id":"ctor","payload":{"\\u0063onstructor":1}}', reason: /constructor/u },
  { line: `{"task_id":"deep","payload":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, reason: /32 levels/u },
  { line: '{"task_id":"good-1"}', reason: /task_id: .*"good-1".*line 1/u },
  { line: '{"task_id":"nan","success_rate":NaN}', reason: /JSON/u },
  { line: '{"task_id":"negative","success_rate":-1,"priority":-5}', reason: /success_rate.*-1.*priority.*-5/u },
  { line: '{"task_id":"../../etc/passwd"}', reason: /task_id/u },
  { line: '{"success_rate":0.5}', reason: /task_id/u },
  { line: '{"task_id":"wave","wave":0}', reason: /wave.*0/u },
  { line: "[1,2,3]", reason: /object/u },
  { line: "null", reason: /object/u },
  { line: Uint8Array.from([...text.encode('{"task_id":"utf'), 0xc3, 0x28, ...text.encode('"}')]), reason: /UTF-8/u },
];

describe("a hostile predictions file", () => {
  test(
    "loses nothing: every line is a record or a rejection that names its line and what is wrong",
    { timeout: 60_000 },
    async () => {
      const good = [
        '\uFEFF{"task_id":"good-1","success_rate":1}\r',
        '{"task_id":"gpu","capabilities":["quantum"]}',
        '{"task_id":"a","depends_on":["b"]}',
        '{"task_id":"b","depends_on":["a"]}',
        '{"task_id":"self","depends_on":["self"]}',
        '{"task_id":"after-cycle","depends_on":["a"]}',
        '{"task_id":"lost","depends_on":["nobody"]}',
        '{"task_id":"last","unknown":{"kept":true},"success_rate":1}',
      ];
      const lines = [good[0]!, "", ...hostile.map(({ line }) => line), "   ", ...good.slice(1)];
      await withStack(0.001, async (stack) => {
        const agents = { agents: [{ id: "agent_0", endpoint: { kind: "simulated", transient_rate: 0 } }] };
        const run = await runToEnd(stack, { predictions: join(lines), agents });

        expect(run.records.length + run.rejected.length).toBe(good.length + hostile.length);
        for (const [index, { line, reason }] of hostile.entries()) {
          const rejection = run.rejected[index]!;
          expect(rejection).toMatchObject({ file: "predictions.jsonl", line: index + 3 });
          expect(rejection.reason).toMatch(reason);
          expect(rejection.reason).toContain(`line ${index + 3}`);
          expect(text.encode(rejection.text).length).toBeLessThanOrEqual(1024);
          const whole = typeof line === "string" && line.length < 1024 ? line : rejection.text;
          expect(rejection.text).toBe(whole);
        }
        const endOf = Object.fromEntries(
          run.records.map(({ task_id, status, reason }) => [task_id, `${status} ${reason}`]),
        );
        expect(endOf).toMatchObject({
          "good-1": "COMPLETED null",
          last: "COMPLETED null",
          gpu: "FAILED unassignable",
          a: "BLOCKED cycle",
          b: "BLOCKED cycle",
          self: "BLOCKED cycle",
          "after-cycle": "SKIPPED dependency_failed",
          lost: "BLOCKED unknown_dependency",
        });
        expect(run.records.find(({ task_id }) => task_id === "a")?.error).toMatch(/a → b → a|b → a → b/u);
        expect(run.summary.rejected_lines).toBe(hostile.length);
      });
    },
  );

  test("refuses the run when it is strict, and still says which lines were bad", async () => {
    await withStack(0.001, async (stack) => {
      const refused = runToEnd(stack, { predictions: '{"task_id":"a"}\n{bad\n', config: { strict: true } });
      await expect(refused).rejects.toThrow(
        /Phase21.InputRejected: strict: expected no bad line, 1 line was rejected/u,
      );
    });
  });

  test("with a bad configuration ends in one line that names the field", async () => {
    await withStack(0.001, async (stack) => {
      const bucket = stack.outputs["BucketName"] ?? "";
      const key = "inbox/bad/predictions.jsonl";
      await stack.objects.writeText("inbox/bad/config.json", '{"max_retries":9}');
      const { ETag = "" } = await stack.clients.s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{"task_id":"a"}' }),
      );
      const runId = runIdFor({ bucket, key, version: ETag.replaceAll('"', "") });
      const observer = { planned: () => {}, waveScored: () => {} };
      await expect(followRun(stack, runId, observer, new AbortController().signal)).rejects.toThrow(
        `run ${runId}: Phase21.InvalidInput: config.json: max_retries: expected an integer from 0 to 5, received 9`,
      );
      expect(await stack.runs.read(runId)).toMatchObject({ status: "FAILED", error: "Phase21.InvalidInput" });
    });
  });

  test("without a single line ends as a run of no tasks", async () => {
    await withStack(0.001, async (stack) => {
      const run = await runToEnd(stack, { predictions: "" });
      expect(run.summary.tasks.total).toBe(0);
      expect(run.records).toEqual([]);
    });
  });
});
