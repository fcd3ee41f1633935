import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of this machine. */
export interface LoopbackServer {
  readonly port: number;
  /** Without a path or a slash at its end. */
  readonly endpoint: string;
  /** Ends it with every connection that it has. */
  readonly stop: () => Promise<void>;
}

/** Starts an HTTP server on loopback, on a port that is free. */
export const serveOnLoopback = async (
  listener: RequestListener,
  { keepAliveTimeout }: { readonly keepAliveTimeout?: number } = {},
): Promise<LoopbackServer> => {
  const server = createServer(listener);
  if (keepAliveTimeout !== undefined) server.keepAliveTimeout = keepAliveTimeout;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
