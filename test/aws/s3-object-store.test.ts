import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { createS3ObjectStore } from "../../lib/aws/s3-object-store.ts";
import { MAX_PUT_BYTES } from "../../lib/aws/send-body.ts";
import type { ObjectStore } from "../../lib/domain/ports.ts";
import { startServer } from "../agents/loopback-server.ts";
import { account, BUCKET, type Services, startServices } from "./emulated-services.ts";

let services: Services;
let objects: ObjectStore;

beforeAll(async () => {
  services = await startServices();
  objects = createS3ObjectStore(services.s3, BUCKET);
});

afterAll(() => services.stop());

const MIB = 1024 * 1024;

/** What S3 answers where an upload in parts begins. */
const BEGUN = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";

/** Lines whose characters take one to four bytes, so that pieces and parts of bytes end in the middle of one. */
const line = (n: number) => `{"task":${n},"text":"äß – 日本 🚀 ${"é".repeat(n % 97)}"}\n`;

const linesOf = (bytes: number): readonly string[] => {
  const lines: string[] = [];
  for (let n = 0, written = 0; written < bytes; n += 1) {
    const text = line(n);
    lines.push(text);
    written += Buffer.byteLength(text);
  }
  return lines;
};

const writeAll = async (key: string, lines: readonly string[]): Promise<void> => {
  const writer = objects.open(key);
  for (const text of lines) await writer.write(text);
  await writer.close();
};

const bytesOf = async (key: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await objects.read(key)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const etagOf = async (key: string): Promise<string | undefined> =>
  (await services.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }))).ETag;

describe("reading", () => {
  test("a key that does not exist reads as undefined", async () => {
    expect(await objects.read("nothing")).toBeUndefined();
    expect(await objects.readText("nothing")).toBeUndefined();
  });

  test("every other fault is thrown", async () => {
    const elsewhere = createS3ObjectStore(services.s3, "no-such-bucket");
    await expect(elsewhere.readText("key")).rejects.toMatchObject({ name: "NoSuchBucket" });
  });

  test("text is read as UTF-8", async () => {
    await objects.writeText("text", "añ🚀\n");
    expect(await objects.readText("text")).toBe("añ🚀\n");
  });

  test("the version that is asked for is the one that is requested", async () => {
    const { url, requests } = await startServer((response) => response.end("old text"));
    const client = new S3Client({ ...account, endpoint: url, forcePathStyle: true });
    const store = createS3ObjectStore(client, BUCKET);
    expect(await store.readText("inbox/a", "v1")).toBe("old text");
    await store.readText("inbox/a");
    const versions = requests.map(({ path = "" }) => new URL(path, url).searchParams.get("versionId"));
    expect(versions).toEqual(["v1", null]);
    client.destroy();
  });
});

describe("writing", () => {
  test("an object appears only when it is closed", async () => {
    const writer = objects.open("later");
    await writer.write("text");
    expect(await objects.readText("later")).toBeUndefined();
    await writer.close();
    expect(await objects.readText("later")).toBe("text");
  });

  test("an object into which nothing was written is empty", async () => {
    await writeAll("empty", []);
    expect(await objects.readText("empty")).toBe("");
  });

  test("an empty text is written without a warning of the SDK", async () => {
    const warn = vi.spyOn(console, "warn");
    await objects.writeText("empty-text", "");
    expect(await objects.readText("empty-text")).toBe("");
    expect(warn).not.toHaveBeenCalled();
  });

  test("a small object is put in one request", async () => {
    await writeAll("small", linesOf(1_000));
    expect((await bytesOf("small")).toString()).toBe(linesOf(1_000).join(""));
    expect(await etagOf("small")).not.toContain("-");
  });

  test("an object of more than 16 MiB is put in parts, and every character survives", async () => {
    const lines = linesOf(17 * MIB);
    await writeAll("large", lines);
    expect((await bytesOf("large")).equals(Buffer.from(lines.join("")))).toBe(true);
    expect(await etagOf("large")).toMatch(/-3"$/u);
  });

  test("a large text is put in parts too", async () => {
    const text = linesOf(9 * MIB).join("");
    await objects.writeText("large-text", text);
    expect((await bytesOf("large-text")).equals(Buffer.from(text))).toBe(true);
    expect(await etagOf("large-text")).toMatch(/-2"$/u);
  });

  async function* inPieces(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield Buffer.from(piece);
  }

  test("a body of known length is streamed in one request", async () => {
    const lines = linesOf(17 * MIB);
    const bytes = Buffer.byteLength(lines.join(""));
    await createS3ObjectStore(services.s3, BUCKET, MAX_PUT_BYTES).stream(
      "streamed",
      bytes,
      inPieces(lines.join(""), ""),
    );
    expect((await bytesOf("streamed")).equals(Buffer.from(lines.join("")))).toBe(true);
    expect(await etagOf("streamed")).not.toContain("-");
  });

  test("no piece but the last of a body of any size has less than the 8 KiB that S3 asks for", async () => {
    const { url, requests } = await startServer((response) => response.end());
    const client = new S3Client({ ...account, endpoint: url, forcePathStyle: true });
    const sizes = [700, 40_000, 5_000, 7 * MIB, 3, 20_000, 1];
    const bytes = sizes.reduce((a, b) => a + b);
    await createS3ObjectStore(client, BUCKET, MAX_PUT_BYTES).stream(
      "framed",
      bytes,
      inPieces(...sizes.map((size) => "x".repeat(size))),
    );
    client.destroy();
    const frames = [...(requests[0]?.body ?? "").matchAll(/^([0-9a-f]+)\r$/gmu)].map(([, hex = ""]) =>
      Number.parseInt(hex, 16),
    );
    expect(frames.slice(0, -2).filter((frame) => frame < 8_192)).toEqual([]);
    expect(frames.reduce((a, b) => a + b, 0)).toBe(bytes);
  });

  test("a body that is too large for one request is streamed in parts", async () => {
    const lines = linesOf(17 * MIB).join("");
    const store = createS3ObjectStore(services.s3, BUCKET, 16 * MIB);
    await store.stream("in-parts", Buffer.byteLength(lines), inPieces(lines.slice(0, 99), lines.slice(99)));
    expect((await bytesOf("in-parts")).toString()).toBe(lines);
    expect(await etagOf("in-parts")).toMatch(/-3"$/u);
  });

  test("a body of known length goes in parts that are held, unless it is said that it may stream", async () => {
    const lines = linesOf(7 * MIB).join("");
    await objects.stream("held-parts", Buffer.byteLength(lines), inPieces(lines));
    expect((await bytesOf("held-parts")).toString()).toBe(lines);
    expect(await etagOf("held-parts")).toMatch(/-2"$/u);
  });

  test("a part that S3 refuses is told by S3's own name, and the upload is given up", async () => {
    const given: string[] = [];
    const { url } = await startServer((response, path) => {
      if (path.includes("uploads")) response.end(BEGUN);
      else if (path.includes("partNumber")) response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      else {
        given.push(path);
        response.writeHead(204).end();
      }
    });
    const client = new S3Client({ ...account, endpoint: url, forcePathStyle: true, maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    const pieces = Array.from({ length: 64 }, () => "x".repeat(MIB));
    const sent = createS3ObjectStore(client, BUCKET).stream("refused", 64 * MIB, inPieces(...pieces));
    await expect(sent).rejects.toMatchObject({ name: "SlowDown" });
    await vi.waitFor(() => expect(given).toEqual([expect.stringContaining("uploadId=u1")]));
  });

  test("a body of no bytes is an empty object", async () => {
    await objects.stream("streamed-empty", 0, inPieces());
    expect(await objects.readText("streamed-empty")).toBe("");
  });

  test.each([
    [4, "received 3", MIB],
    [2, "received more", MIB],
    [8 * MIB, "received 3", 16 * MIB],
    [8 * MIB, "received 3", 7 * MIB],
  ])("a body that was said to have %d bytes and has 3 makes no object", async (bytes, received, maxPutBytes) => {
    const streamed = createS3ObjectStore(services.s3, BUCKET, maxPutBytes).stream(
      "not-exact",
      bytes,
      inPieces("ab", "c"),
    );
    await expect(streamed).rejects.toThrow(`not-exact: expected ${bytes} bytes, ${received}`);
    expect(await objects.read("not-exact")).toBeUndefined();
  });

  test("the sizes of objects are their bytes", async () => {
    await objects.writeText("sizes/a", "añ🚀");
    await objects.writeText("sizes/b", "");
    expect(await objects.sizes("sizes/")).toEqual(
      new Map([
        ["sizes/a", 7],
        ["sizes/b", 0],
      ]),
    );
  });

  test("a copy has the same bytes, whatever its key is made of", async () => {
    const key = "runs/a+b c%2F?ü/ledger";
    await objects.writeText(key, "añ🚀\n");
    await objects.copy(key, "copies/1");
    expect(await objects.readText("copies/1")).toBe("añ🚀\n");
  });

  test("what is written again replaces what was there", async () => {
    await objects.writeText("twice", "first");
    await writeAll("twice", ["second"]);
    expect(await objects.readText("twice")).toBe("second");
  });

  test("a bucket that is not there is reported by the writer", async () => {
    const elsewhere = createS3ObjectStore(services.s3, "no-such-bucket");
    const small = elsewhere.open("small");
    await small.write("text");
    await expect(small.close()).rejects.toMatchObject({ name: "NoSuchBucket" });
    await expect(elsewhere.writeText("large", "x".repeat(9 * MIB))).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

describe("aborting", () => {
  test("leaves nothing of what was not sent yet", async () => {
    const writer = objects.open("aborted-early");
    await writer.write("text");
    await writer.abort();
    expect(await objects.read("aborted-early")).toBeUndefined();
  });

  test("leaves neither an object nor parts of one that was on its way", async () => {
    const answered: (string | undefined)[] = [];
    services.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (request) => {
          const answer = await next(request);
          answered.push(commandName as string);
          return answer;
        },
      { step: "initialize" },
    );
    const writer = objects.open("aborted-late");
    for (const text of linesOf(12 * MIB)) await writer.write(text);
    await vi.waitFor(() => expect(answered).toContain("CreateMultipartUploadCommand"));
    await writer.abort();
    await vi.waitFor(() => expect(answered).toContain("AbortMultipartUploadCommand"));
    expect(await objects.read("aborted-late")).toBeUndefined();
  });
});
