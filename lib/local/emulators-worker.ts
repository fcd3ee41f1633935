import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { ignoreAbortedRequests } from "./dynalite-aborts.ts";
import type { EmulatorsData, EmulatorsMessage } from "./emulators.ts";
import { takeLargeBodies } from "./large-bodies.ts";
import { meterDynalite, meterFauxqs, ServiceCounters } from "./meter-services.ts";
import { createFauxqsStores, openFauxqsStores, watchStorageFaults } from "./fauxqs-stores.ts";
import { refuseMisreadPuts, watchObjectCreation } from "./s3-object-created.ts";
import { deleteUnfinishedTables } from "./unfinished-tables.ts";

const post = (message: EmulatorsMessage): void => parentPort?.postMessage(message);

const { dataDirectory, counters } = workerData as EmulatorsData;
const served = new ServiceCounters(counters);
const tables = dataDirectory === undefined ? undefined : join(dataDirectory, "dynamodb");
if (tables !== undefined) await deleteUnfinishedTables(tables);
const kept = dataDirectory === undefined ? undefined : await openFauxqsStores(join(dataDirectory, "s3-sqs"));

const fauxqs = buildApp({ logger: false, stores: kept?.stores ?? (await createFauxqsStores()) });
takeLargeBodies(fauxqs, kept === undefined);
refuseMisreadPuts(fauxqs);
meterFauxqs(fauxqs, served);
// Outside the request nothing catches it: the thread ends and tells why, as it does where dynalite's files fail.
watchStorageFaults(fauxqs, (error) =>
  setImmediate(() => {
    throw error;
  }),
);
watchObjectCreation(fauxqs, (created) => post({ kind: "object-created", created }));

const dynamodb = dynalite({
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  ...(tables !== undefined && { path: tables }),
});
ignoreAbortedRequests(dynamodb);
meterDynalite(dynamodb, served);

const [fauxqsEndpoint] = await Promise.all([
  fauxqs.listen({ host: "127.0.0.1", port: 0 }),
  once(dynamodb.listen(0, "127.0.0.1"), "listening"),
]);
const { port } = dynamodb.address() as AddressInfo;
post({ kind: "ready", fauxqsEndpoint, dynamodbEndpoint: `http://127.0.0.1:${port}` });

const end = async (): Promise<void> => {
  dynamodb.closeAllConnections();
  await Promise.all([fauxqs.close(), promisify(dynamodb.close.bind(dynamodb))()]);
  kept?.close();
  process.exit();
};

// The only message that this thread gets says that it should end.
parentPort?.once("message", () => void end());
