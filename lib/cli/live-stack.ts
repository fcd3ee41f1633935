import { createClients } from "../local/clients.ts";
import type { LiveCloud } from "../local/data-folder.ts";
import { type Stack, stackOf } from "./stack.ts";

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
