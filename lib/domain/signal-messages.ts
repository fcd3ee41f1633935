import type { Signal } from "./signal.ts";

/** Largest body of an SQS message that is billed as one request (SPEC F1). */
export const MAX_MESSAGE_BYTES = 65_536;

/** A message on its way to a queue: the text of a JSON array and how many signals it holds. */
interface SignalMessage {
  readonly body: string;
  readonly count: number;
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(MAX_MESSAGE_BYTES);

/** Bytes of the text in UTF-8; of a text that passes the limit only that it does. */
const measure = (text: string): number => {
  const { read, written } = encoder.encodeInto(text, scratch);
  return read < text.length ? Infinity : written;
};

/**
 * Packs signals that are JSON already into messages of at most `signalsPerMessage` signals and 64 KiB. A signal is never
 * split: one that passes 64 KiB by itself goes alone, which SQS takes up to 1 MiB and bills as more than one request.
 */
export function* packSerialized(serialized: Iterable<string>, signalsPerMessage: number): Generator<SignalMessage> {
  let held: string[] = [];
  let heldBytes = 1;
  for (const text of serialized) {
    const bytes = measure(text) + 1;
    if (held.length > 0 && (held.length >= signalsPerMessage || heldBytes + bytes > MAX_MESSAGE_BYTES)) {
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
