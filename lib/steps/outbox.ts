import type { OutgoingSignals } from "../domain/ports.ts";
import type { RunItem } from "../domain/run-item.ts";
import { MessagePacker } from "../domain/signal-messages.ts";
import { type TargetPhase, targetPhases } from "../domain/signal.ts";
import type { EndedWave } from "./measure-wave.ts";

/** The messages that a wave's signals make, held as long as they are not too long. */
export class Outbox {
  readonly #envelope: Pick<OutgoingSignals, "runId" | "wave">;
  readonly #packers: ReadonlyMap<TargetPhase, MessagePacker>;
  #full: OutgoingSignals[] | undefined = [];
  #length = 0;
  readonly #maxLength: number;

  constructor({ run_id, wave }: EndedWave, { config }: RunItem, maxLength: number) {
    this.#maxLength = maxLength;
    this.#envelope = { runId: run_id, wave };
    this.#packers = new Map(
      targetPhases.map((phase) => [phase, new MessagePacker(config.feedback.signals_per_message)]),
    );
  }

  /** Takes a signal; what it makes full is held for `messages`. */
  add(phase: TargetPhase, text: string): void {
    const full = this.#full && this.pack(phase, text);
    if (full === undefined) return;
    this.#length += full.body.length;
    if (this.#length > this.#maxLength) this.#full = undefined;
    this.#full?.push(full);
  }

  /** Takes a signal; gives the message that it makes full. */
  pack(phase: TargetPhase, text: string): OutgoingSignals | undefined {
    const message = this.#packers.get(phase)!.add(text);
    return message && { phase, ...this.#envelope, ...message };
  }

  /** The messages that are not full, one a phase at the most. */
  rest(): OutgoingSignals[] {
    return [...this.#packers].flatMap(([phase, packer]) => {
      const message = packer.end();
      return message === undefined ? [] : [{ phase, ...this.#envelope, ...message }];
    });
  }

  /** All of them; undefined where they were too long to be held. */
  messages(): readonly OutgoingSignals[] | undefined {
    return this.#full && [...this.#full, ...this.rest()];
  }
}
