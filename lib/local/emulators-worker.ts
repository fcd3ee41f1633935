import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { ignoreAbortedRequests } from "./dynalite-aborts.ts";
import type { EmulatorsMessage } from "./emulators.ts";
import { refuseMisreadPuts, watchObjectCreation } from "./s3-object-created.ts";

const post = (message: EmulatorsMessage): void => parentPort?.postMessage(message);

const fauxqs = buildApp({ logger: false });
refuseMisreadPuts(fauxqs);
watchObjectCreation(fauxqs, (created) => post({ kind: "object-created", created }));

const dynamodb = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
ignoreAbortedRequests(dynamodb);

const [fauxqsEndpoint] = await Promise.all([
  fauxqs.listen({ host: "127.0.0.1", port: 0 }),
  once(dynamodb.listen(0, "127.0.0.1"), "listening"),
]);
const { port } = dynamodb.address() as AddressInfo;
post({ kind: "ready", fauxqsEndpoint, dynamodbEndpoint: `http://127.0.0.1:${port}` });
