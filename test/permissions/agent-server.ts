import { serveOnLoopback } from "../agents/serve-on-loopback.ts";

/** Agents behind URLs of this machine. */
export interface AgentServer {
  /** Where the agent of a path is called. */
  readonly urlOf: (path: "/large" | "/hangs-once") => string;
  stop(): Promise<void>;
}

/** Starts an agent whose answers are too large to stand in a record, and one that leaves its first call unanswered. */
export const startAgentServer = async (): Promise<AgentServer> => {
  let hung = false;
  const { endpoint, stop } = await serveOnLoopback((request, response) => {
    request.resume();
    if (request.url === "/hangs-once" && !hung) {
      hung = true;
      return;
    }
    const output = request.url === "/large" ? "y".repeat(3_000) : "done";
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ success: true, output }));
  });
  return { urlOf: (path) => endpoint + path, stop };
};
