import { MissingObjectError } from "../domain/errors.ts";
import type { ObjectStore } from "../domain/ports.ts";

/** Whole lines of text, many at a time and without the last newline. */
export async function* textPages(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n");
    rest = text.slice(end + 1);
    if (end >= 0) yield text.slice(0, end);
  }
  if (rest !== "") yield rest;
}

/** Streams the lines of an object that a step of ours wrote as text, a batch at a time; a missing object has none. */
export async function* readTextLines(
  objects: Pick<ObjectStore, "read">,
  key: string,
): AsyncGenerator<readonly string[]> {
  const body = await objects.read(key);
  if (body === undefined) return;
  for await (const page of textPages(body)) yield page.split("\n");
}

/** Streams the values of such an object of JSON Lines. */
export async function* readJsonLines<Value>(
  objects: Pick<ObjectStore, "read">,
  key: string,
): AsyncGenerator<readonly Value[]> {
  for await (const lines of readTextLines(objects, key)) yield lines.map((line) => JSON.parse(line) as Value);
}

/** Reads a JSON object that a step of ours wrote. @throws MissingObjectError when it is not there. */
export const readJson = async <Value>(objects: Pick<ObjectStore, "readText">, key: string): Promise<Value> => {
  const text = await objects.readText(key);
  if (text === undefined)
    throw new MissingObjectError(`${key}: expected an object that an earlier step wrote, received none`);
  return JSON.parse(text) as Value;
};
