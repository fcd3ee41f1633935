import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { batchWrite, holdsCondition, queryItems } from "../../lib/aws/dynamo-table.ts";
import { account, noWait, type Services, startServices, TABLE } from "./emulated-services.ts";
import { startJsonService } from "./json-service.ts";

let services: Services;

beforeAll(async () => {
  services = await startServices();
});

afterAll(() => services.stop());

const put = (item: Record<string, unknown>) => ({ PutRequest: { Item: item } });
const sortKeys = (items: readonly Record<string, unknown>[]) => items.map(({ sk }) => sk);

describe("batchWrite and queryItems", () => {
  test("more items than one request takes are all written, and come back in the order of their keys", async () => {
    const items = Array.from({ length: 60 }, (_, n) => ({ pk: "MANY", sk: `N#${String(n).padStart(2, "0")}` }));
    await batchWrite(services.documents, TABLE, items.toReversed().map(put), noWait);
    expect(await queryItems(services.documents, TABLE, { pk: "MANY", consistent: true })).toEqual(items);
  });

  test("items are deleted among others that are put", async () => {
    await batchWrite(services.documents, TABLE, [put({ pk: "MIXED", sk: "a" })], noWait);
    const requests = [{ DeleteRequest: { Key: { pk: "MIXED", sk: "a" } } }, put({ pk: "MIXED", sk: "b" })];
    await batchWrite(services.documents, TABLE, requests, noWait);
    expect(sortKeys(await queryItems(services.documents, TABLE, { pk: "MIXED" }))).toEqual(["b"]);
  });

  test("nothing to write makes no request", async () => {
    const nobody = DynamoDBDocumentClient.from(new DynamoDBClient({ ...account, endpoint: "http://127.0.0.1:1" }));
    await expect(batchWrite(nobody, TABLE, [], noWait)).resolves.toBeUndefined();
    nobody.destroy();
  });

  test("a query finds the items whose sort key begins with the prefix", async () => {
    const items = ["A#1", "B#1", "B#2", "C#1"].map((sk) => ({ pk: "PREFIX", sk }));
    await batchWrite(services.documents, TABLE, items.map(put), noWait);
    expect(sortKeys(await queryItems(services.documents, TABLE, { pk: "PREFIX", skPrefix: "B#" }))).toEqual([
      "B#1",
      "B#2",
    ]);
  });

  test("a query follows the pages of more than 1 MB", async () => {
    const items = Array.from({ length: 30 }, (_, n) => ({
      pk: "PAGES",
      sk: String(n).padStart(2, "0"),
      text: "x".repeat(50_000),
    }));
    await batchWrite(services.documents, TABLE, items.map(put), noWait);
    expect(sortKeys(await queryItems(services.documents, TABLE, { pk: "PAGES" }))).toEqual(sortKeys(items));
  });
});

describe("a table that does not take everything", () => {
  type Requests = Record<string, readonly unknown[]>;

  /** A client of a table that gives back, in each round, the last so many of the writes it is given. */
  const clientOfThrottledTable = async (leftInRound: (round: number) => number) => {
    const taken: number[] = [];
    const endpoint = await startJsonService((_, { RequestItems }) => {
      const writes = (RequestItems as Requests)[TABLE] ?? [];
      const left = Math.min(writes.length, leftInRound(taken.length));
      taken.push(writes.length - left);
      return left === 0 ? {} : { UnprocessedItems: { [TABLE]: writes.slice(writes.length - left) } };
    });
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...account, endpoint }));
    onTestFinished(() => client.destroy());
    return { client, taken };
  };
  const requests = Array.from({ length: 20 }, (_, n) => put({ pk: "A", sk: String(n) }));

  test("is given what it left again, after waits that double", async () => {
    const { client, taken } = await clientOfThrottledTable((round) => [15, 5, 0][round] ?? 0);
    const sleep = vi.fn<typeof noWait>(noWait);
    await batchWrite(client, TABLE, requests, sleep);
    expect(taken).toEqual([5, 10, 5]);
    expect(sleep.mock.calls).toEqual([[100], [200]]);
  });

  test("is given up after eight rounds, with an error that lets the step run again", async () => {
    const { client, taken } = await clientOfThrottledTable(() => 3);
    await expect(batchWrite(client, TABLE, requests, noWait)).rejects.toMatchObject({
      name: "Phase21.Unavailable",
      retryable: true,
      message: "table a-table: 3 writes were not taken",
    });
    expect(taken).toHaveLength(8);
  });
});

describe("holdsCondition", () => {
  const putOnce = (sk: string, TableName = TABLE) =>
    services.documents.send(
      new PutCommand({ TableName, Item: { pk: "ONCE", sk }, ConditionExpression: "attribute_not_exists(pk)" }),
    );

  test("tells whether a condition held", async () => {
    expect(await holdsCondition(putOnce("a"))).toBe(true);
    expect(await holdsCondition(putOnce("a"))).toBe(false);
  });

  test("throws every other fault", async () => {
    await expect(holdsCondition(putOnce("a", "no-such-table"))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
