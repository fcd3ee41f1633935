import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { expect, test } from "vitest";
import { ignoreAbortedRequests } from "../../lib/local/dynalite-aborts.ts";

test("a client that goes away in the middle of a request does dynalite no harm", async () => {
  const server = dynalite();
  ignoreAbortedRequests(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;

  const socket = connect(port, "127.0.0.1");
  const received = once(server, "request");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{");
  const [request] = (await received) as [IncomingMessage];
  const closed = new Promise((resolve) => request.once("close", resolve));
  socket.resetAndDestroy();
  await closed;

  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials });
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  client.destroy();
  const stopped = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await stopped;
});
