import type { S3Client } from "@aws-sdk/client-s3";

import { createClients } from "../local/clients.ts";
import type { LiveCloud } from "../local/data-folder.ts";
import { type Stack, stackOf } from "./embedded.ts";

const addressOf = async ({ config }: { readonly config: Pick<S3Client["config"], "endpoint"> }): Promise<string> => {
  const { protocol, hostname, port } = (await config.endpoint?.()) ?? { protocol: "http:", hostname: "", port: 0 };
  return `${protocol}//${hostname}:${port}`;
};

/** Where the services of a cloud of this process listen. */
export const endpointsOf = async ({ clients }: Pick<Stack, "clients">): Promise<LiveCloud["endpoints"]> => ({
  s3: await addressOf(clients.s3),
  sqs: await addressOf(clients.sqs),
  dynamodb: await addressOf(clients.dynamodb),
  gateway: await addressOf(clients.sfn),
});

/** Runs `use` on the cloud of another process. */
export const withLiveStack = async <Result>(
  { endpoints, outputs }: LiveCloud,
  use: (stack: Stack) => Promise<Result>,
): Promise<Result> => {
  const clients = createClients(endpoints);
  try {
    return await use(stackOf({ outputs, clients }));
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
};
