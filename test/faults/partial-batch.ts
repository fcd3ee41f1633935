/** A batch of which a part was left out, and how the answer to the rest tells of it. */
export interface PartialBatch {
  readonly body: Buffer;
  /** Adds what was left out to the service's answer. */
  readonly complete: (answer: Buffer) => Buffer;
}

type Fields = Record<string, unknown>;

const parse = (body: Buffer): Fields => JSON.parse(body.toString("utf8")) as Fields;
const write = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Every other one of some values, the first left out. */
const everyOther = <Value>(values: readonly Value[]): { kept: Value[]; left: Value[] } => ({
  kept: values.filter((_, index) => index % 2 === 1),
  left: values.filter((_, index) => index % 2 === 0),
});

const partOfMessages = (request: Fields): PartialBatch | undefined => {
  const { kept, left } = everyOther(request["Entries"] as readonly { readonly Id: string }[]);
  if (kept.length === 0) return undefined;
  const failed = left.map(({ Id }) => ({ Id, SenderFault: false, Code: "InternalError", Message: "injected" }));
  return {
    body: write({ ...request, Entries: kept }),
    complete: (answer) => {
      const fields = parse(answer);
      return write({ ...fields, Failed: [...((fields["Failed"] as readonly unknown[] | undefined) ?? []), ...failed] });
    },
  };
};

const partOfItems = (request: Fields): PartialBatch | undefined => {
  const tables = Object.entries(request["RequestItems"] as Readonly<Record<string, readonly unknown[]>>);
  const [table = "", requests = []] = tables[0] ?? [];
  const { kept, left } = everyOther(requests);
  if (kept.length === 0) return undefined;
  return {
    body: write({ ...request, RequestItems: { [table]: kept } }),
    complete: (answer) => {
      const fields = parse(answer);
      const unprocessed = (fields["UnprocessedItems"] ?? {}) as Readonly<Record<string, readonly unknown[]>>;
      return write({ ...fields, UnprocessedItems: { [table]: [...(unprocessed[table] ?? []), ...left] } });
    },
  };
};

/** The half of a batch call that a service takes; undefined for any other call, and for a batch of one. */
export const partOfBatch = (target: string, body: Buffer): PartialBatch | undefined => {
  if (target === "AmazonSQS.SendMessageBatch") return partOfMessages(parse(body));
  if (target === "DynamoDB_20120810.BatchWriteItem") return partOfItems(parse(body));
  return undefined;
};
