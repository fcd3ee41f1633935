import { request } from "node:http";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BUCKET, type Services, startServices } from "../aws/emulated-services.ts";

let services: Services;

beforeAll(async () => {
  services = await startServices();
});

afterAll(() => services.stop());

const MIB = 1024 * 1024;

/** Puts an object as a plain HTTP client does, which may not know how long it will be. */
const put = (key: string, pieces: readonly Buffer[], headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${services.emulators.s3Endpoint}/${BUCKET}/${key}`,
      { method: "PUT", headers: { "content-type": "application/octet-stream", ...headers } },
      (response) => resolve(response.resume().statusCode),
    ).on("error", reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });

const read = async (key: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(`${services.emulators.s3Endpoint}/${BUCKET}/${key}`)).arrayBuffer());

describe("a body", () => {
  test("of 20 MiB is taken in one request", async () => {
    const body = Buffer.alloc(20 * MIB, "abc");
    expect(await put("large", [body], { "content-length": String(body.length) })).toBe(200);
    expect((await read("large")).equals(body)).toBe(true);
  });

  test("of unknown length is taken as it comes", async () => {
    const pieces = [Buffer.from("one "), Buffer.alloc(3 * MIB, "x"), Buffer.from(" two")];
    expect(await put("chunked", pieces, { "transfer-encoding": "chunked" })).toBe(200);
    expect((await read("chunked")).equals(Buffer.concat(pieces))).toBe(true);
  });

  test("of more than 5 GiB is refused before it is read", async () => {
    expect(await put("too-large", [], { "content-length": String(5_120 * MIB + 1) }).catch(() => 413)).toBe(413);
  });
});
