import type { Signal } from "./signal.ts";

/** What SQS bills as one request, the attributes included (SPEC F1). */
const BILLED_BYTES = 65_536;

/** Names, types and values of a message's attributes: the run's id has 80 at the most, the numbers a few digits. */
const ATTRIBUTE_BYTES = 256;

/** Largest body of a message that is billed as one request. */
export const MAX_BODY_BYTES = BILLED_BYTES - ATTRIBUTE_BYTES;

/** A message on its way to a queue: the text of a JSON array and how many signals it holds. */
interface SignalMessage {
  readonly body: string;
  readonly count: number;
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(MAX_BODY_BYTES);

/** Bytes of the text in UTF-8; of a text that passes the limit only that it does. */
const measure = (text: string): number => {
  const { read, written } = encoder.encodeInto(text, scratch);
  return read < text.length ? Infinity : written;
};

/**
 * Packs signals that are JSON already into messages of at most `signalsPerMessage` signals and 64 KiB with attributes. A signal is never
 * split: one that passes 64 KiB by itself goes alone, which SQS takes up to 1 MiB and bills as more than one request.
 */
export function* packSerialized(serialized: Iterable<string>, signalsPerMessage: number): Generator<SignalMessage> {
  let held: string[] = [];
  let heldBytes = 1;
  for (const text of serialized) {
    const bytes = measure(text) + 1;
    if (held.length > 0 && (held.length >= signalsPerMessage || heldBytes + bytes > MAX_BODY_BYTES)) {
      yield { body: `[${held.join(",")}]`, count: held.length };
      held = [];
      heldBytes = 1;
    }
    held.push(text);
    heldBytes += bytes;
  }
  if (held.length > 0) yield { body: `[${held.join(",")}]`, count: held.length };
}

/** Packs signals of one run, wave and phase into messages, each signal serialized once; see `packSerialized`. */
export const packSignals = (signals: Iterable<Signal>, signalsPerMessage: number): Generator<SignalMessage> =>
  packSerialized(
    Iterator.from(signals).map((signal) => JSON.stringify(signal)),
    signalsPerMessage,
  );
