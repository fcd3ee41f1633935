import { MissingObjectError } from "../domain/errors.ts";
import type { ObjectStore } from "../domain/ports.ts";

/** Streams whole lines of an object that a step of ours wrote as text, many at a time and without the last newline; a missing object has none. */
export async function* readTextPages(objects: Pick<ObjectStore, "read">, key: string): AsyncGenerator<string> {
  const body = await objects.read(key);
  if (body === undefined) return;
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

/** Streams the lines of such an object, a batch at a time. */
export async function* readTextLines(
  objects: Pick<ObjectStore, "read">,
  key: string,
): AsyncGenerator<readonly string[]> {
  for await (const page of readTextPages(objects, key)) yield page.split("\n");
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
