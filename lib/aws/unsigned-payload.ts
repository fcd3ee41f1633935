import type { S3Client } from "@aws-sdk/client-s3";

interface Signable {
  readonly request: { readonly headers: Record<string, string> };
}

/**
 * Gives the client, which from now on signs its requests without their bodies: TLS and S3's check sums guard those, and a signed one
 * would be hashed whole, which takes longer than all else that is done to it.
 */
export const leavePayloadsUnsigned = (client: S3Client): S3Client => {
  client.middlewareStack.add(
    (next) => (args) => {
      (args as Signable).request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      return next(args);
    },
    { step: "build", name: "leavePayloadsUnsigned" },
  );
  return client;
};
