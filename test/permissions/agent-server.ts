import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Agents behind URLs of this machine. */
export interface AgentServer {
  /** Where the agent of a path is called. */
  readonly urlOf: (path: "/large" | "/hangs-once") => string;
  stop(): Promise<void>;
}

const listen = (server: Server): Promise<void> =>
  new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

/** Starts an agent whose answers are too large to stand in a record, and one that leaves its first call unanswered. */
export const startAgentServer = async (): Promise<AgentServer> => {
  let hung = false;
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/hangs-once" && !hung) {
      hung = true;
      return;
    }
    const output = request.url === "/large" ? "y".repeat(3_000) : "done";
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ success: true, output }));
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
