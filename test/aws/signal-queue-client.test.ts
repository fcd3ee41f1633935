import { ReceiveMessageCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createSignalQueueClient } from "../../lib/aws/signal-queue-client.ts";
import { account, type Services, startServices } from "./emulated-services.ts";
import { startJsonService } from "./json-service.ts";

describe("a message", () => {
  let services: Services;

  beforeAll(async () => {
    services = await startServices();
  });

  afterAll(() => services.stop());

  test.each([
    ["of plain characters", '[{"signal_id":"a"}]'],
    ["with quotes, backslashes and controls", '["\\"\\\\\t\n\r"]'],
    ["with characters of two and three bytes", "ä – 日本 \u2028"],
    ["of nearly 64 KiB", '{"a":"\\"é"}'.repeat(5_400)],
  ])("%s arrives as it was sent", async (name, MessageBody) => {
    const QueueUrl = await services.createQueue(`queue-${name.replaceAll(/\W/gu, "-")}`);
    const client = createSignalQueueClient({ ...account, endpoint: services.emulators.sqsEndpoint });
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody }] }));
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    client.destroy();
    expect(Messages.map(({ Body }) => Body)).toEqual([MessageBody]);
  });

  test("is the JSON that it would be anyway, whatever it holds", async () => {
    const received: unknown[] = [];
    const endpoint = await startJsonService((_, body) => {
      received.push(body);
      return {};
    });
    const client = createSignalQueueClient({ ...account, endpoint });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (MessageBody) => {
        await client.send(new SendMessageBatchCommand({ QueueUrl: "q", Entries: [{ Id: "1", MessageBody }] }));
        expect(received.at(-1)).toEqual({ QueueUrl: "q", Entries: [{ Id: "1", MessageBody }] });
      }),
    );
    client.destroy();
  });
});
