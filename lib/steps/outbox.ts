import type { OutgoingSignals } from "../domain/ports.ts";
import type { RunItem } from "../domain/run-item.ts";
import { MessagePacker } from "../domain/signal-messages.ts";
import { type TargetPhase, targetPhases } from "../domain/signal.ts";
import type { EndedWave } from "./measure-wave.ts";

/** Packs a wave's signals into the messages to their phases. */
export class Outbox {
  readonly #envelope: Pick<OutgoingSignals, "runId" | "wave">;
  readonly #packers: ReadonlyMap<TargetPhase, MessagePacker>;

  constructor({ run_id, wave }: EndedWave, { config }: RunItem) {
    this.#envelope = { runId: run_id, wave };
    this.#packers = new Map(
      targetPhases.map((phase) => [phase, new MessagePacker(config.feedback.signals_per_message)]),
    );
  }

  /** Takes a signal that is JSON already; gives the message that is full without it. */
  add(phase: TargetPhase, text: string): OutgoingSignals | undefined {
    const message = this.#packers.get(phase)!.add(text);
    return message && { phase, ...this.#envelope, ...message };
  }

  /** The messages that are not full, one a phase at the most. */
  rest(): readonly OutgoingSignals[] {
    return [...this.#packers].flatMap(([phase, packer]) => {
      const message = packer.end();
      return message === undefined ? [] : [{ phase, ...this.#envelope, ...message }];
    });
  }
}
