import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";

import { leavePayloadsUnsigned } from "../../lib/aws/unsigned-payload.ts";
import { startServer } from "../agents/loopback-server.ts";
import { account } from "./emulated-services.ts";

test("a body is not hashed for the signature, which covers its check sum", async () => {
  const { url, requests } = await startServer((response) => response.end());
  const client = leavePayloadsUnsigned(new S3Client({ ...account, endpoint: url, forcePathStyle: true }));
  await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", Body: Buffer.from("text") }));
  client.destroy();

  const { headers } = requests[0]!;
  expect(headers["x-amz-content-sha256"]).toBe("UNSIGNED-PAYLOAD");
  expect(headers["x-amz-checksum-crc32"]).toBeDefined();
  expect(headers.authorization).toMatch(/SignedHeaders=\S*x-amz-checksum-crc32\S*x-amz-content-sha256/u);
});
