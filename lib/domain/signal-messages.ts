/** What SQS bills as one request, the attributes included (SPEC F1). */
const BILLED_BYTES = 65_536;

/** Names, types and values of a message's attributes: the run's id has 80 at the most, the numbers a few digits. */
const ATTRIBUTE_BYTES = 256;

/** Largest body of a message that is billed as one request. */
export const MAX_BODY_BYTES = BILLED_BYTES - ATTRIBUTE_BYTES;

/** A message on its way to a queue: the text of a JSON array and how many signals it holds. */
export interface SignalMessage {
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
 * Packs signals that are JSON already, as they come, into messages of at most `signalsPerMessage` signals and 64 KiB with attributes. A
 * signal is never split: one that passes 64 KiB by itself goes alone, which SQS takes up to 1 MiB and bills as more than one request.
 */
export class MessagePacker {
  readonly #signalsPerMessage: number;
  #held: string[] = [];
  #bytes = 1;

  constructor(signalsPerMessage: number) {
    this.#signalsPerMessage = signalsPerMessage;
  }

  /** Gives the message that is full without this signal. */
  add(text: string): SignalMessage | undefined {
    const bytes = measure(text) + 1;
    const isFull = this.#held.length >= this.#signalsPerMessage || this.#bytes + bytes > MAX_BODY_BYTES;
    const full = isFull ? this.end() : undefined;
    this.#held.push(text);
    this.#bytes += bytes;
    return full;
  }

  /** Gives the last message, where there is one. */
  end(): SignalMessage | undefined {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 1;
    return held.length === 0 ? undefined : { body: `[${held.join(",")}]`, count: held.length };
  }
}
