import { MessagePacker, type SignalMessage } from "../../lib/domain/signal-messages.ts";

/** The messages that signals of one phase make. */
export const packAll = (texts: readonly string[], signalsPerMessage: number): readonly SignalMessage[] => {
  const packer = new MessagePacker(signalsPerMessage);
  const full = texts.map((text) => packer.add(text));
  return [...full, packer.end()].filter((message) => message !== undefined);
};
