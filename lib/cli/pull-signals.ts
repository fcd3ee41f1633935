import { setTimeout as wait } from "node:timers/promises";

import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";

import { countOf } from "../domain/report-figures.ts";
import { parseSignalMessage } from "../domain/signal-schemas.ts";
import type { TargetPhase } from "../domain/signal.ts";
import type { FlushedOutput } from "./flushed-output.ts";
import { BATCH_SIZE, sendReceipts } from "./receipt-batches.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** The longest that SQS lets a receiver wait. */
const LONGEST_POLL_SECONDS = 20;

/** Messages that are kept must not come round again while the others are read; after a crash they are hidden as long. */
const KEEP_VISIBILITY_SECONDS = 300;

/** A pull that keeps ends before its first messages come round again: that would count as one more of their receives. */
const KEEP_SECONDS = KEEP_VISIBILITY_SECONDS - 2 * LONGEST_POLL_SECONDS;

export interface PullOptions {
  readonly phase: TargetPhase;
  /** Leaves the messages in the queue. */
  readonly keep?: boolean;
  /** Ends with the message that brings the printed signals to this number. @default all there are */
  readonly max?: number;
  /** Ends when nothing came for this long, in seconds. */
  readonly wait: number;
}

/** Where signals go, and what a person reads. */
interface PullTerminal {
  readonly print: FlushedOutput;
  readonly say: (line: string) => void;
}

/** What of a stack is read. */
interface StackQueues extends Pick<Stack, "outputs"> {
  readonly clients: Pick<Stack["clients"], "sqs">;
}

/** How far a pull is. */
interface Progress {
  /** Receipt handles by message id, of messages that are to be visible again at the end. */
  readonly held: Map<string, string>;
  /** Ids of messages that were printed or refused: they may come again, and are not shown again. */
  readonly seen: Set<string>;
  signals: number;
  messages: number;
  deleted: number;
  undeleted: number;
  readerGone: boolean;
}

const queueUrlOf = ({ outputs }: StackQueues, phase: TargetPhase): string => {
  const url = outputs[`Phase${phase}QueueUrl`];
  if (url !== undefined) return url;
  throw new UsageError(
    `stack: expected the output Phase${phase}QueueUrl, it has: ${Object.keys(outputs).join(", ") || "none"}`,
  );
};

/** Milliseconds since 1970, and waiting. */
interface PullClock {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

type Pull = ReturnType<typeof createPull>;

/** The requests that a pull makes, and its state. */
const createPull = (stack: StackQueues, options: PullOptions, terminal: PullTerminal, { now, sleep }: PullClock) => {
  const startedAt = now();
  const QueueUrl = queueUrlOf(stack, options.phase);
  const { sqs } = stack.clients;
  const pause = async (ms: number): Promise<void> => {
    await sleep(ms);
  };
  const progress: Progress = {
    held: new Map(),
    seen: new Set(),
    signals: 0,
    messages: 0,
    deleted: 0,
    undeleted: 0,
    readerGone: false,
  };
  return {
    options,
    terminal,
    progress,
    isTooLong: () => options.keep === true && now() - startedAt >= KEEP_SECONDS * 1_000,
    receive: async (WaitTimeSeconds: number, signal: AbortSignal): Promise<readonly Message[]> => {
      const request = new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds,
        // Every message holds a signal, so more messages than signals are never wanted.
        MaxNumberOfMessages: Math.min(BATCH_SIZE, (options.max ?? Infinity) - progress.signals),
        ...(options.keep && { VisibilityTimeout: KEEP_VISIBILITY_SECONDS }),
      });
      try {
        return (await sqs.send(request, { abortSignal: signal })).Messages ?? [];
      } catch (error) {
        if (signal.aborted) return [];
        throw error;
      }
    },
    remove: (handles: readonly string[]): Promise<number> =>
      sendReceipts(handles, (Entries) => sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })), pause),
    show: (handles: readonly string[]): Promise<number> =>
      sendReceipts(
        handles,
        (entries) => {
          const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
          return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
        },
        pause,
      ),
  };
};

const hasEnough = ({ options, progress }: Pull): boolean =>
  progress.readerGone || progress.signals >= (options.max ?? Infinity);

/** Prints a message, or says why it is none; gives whether its signals are with the reader. */
const printMessage = async ({ options, progress, terminal }: Pull, id: string, body: string): Promise<boolean> => {
  const parsed = parseSignalMessage(body);
  if (!parsed.ok) {
    terminal.say(`phase ${options.phase}: message ${id}: ${parsed.reason}`);
    progress.seen.add(id);
    // It comes again when its visibility timeout ends, and after the last receive that it is allowed it is a dead letter.
    if (!options.keep) progress.held.delete(id);
    return false;
  }
  const lines = parsed.signals.map((signal) => `${JSON.stringify(signal)}\n`);
  if (!(await terminal.print(lines.join("")))) {
    progress.readerGone = true;
    return false;
  }
  progress.seen.add(id);
  progress.messages += 1;
  progress.signals += lines.length;
  return true;
};

/** Prints messages, then deletes those that were printed: whoever dies in between meets them again. */
const takeIn = async (pull: Pull, messages: readonly Message[]): Promise<void> => {
  const { options, progress } = pull;
  const printed: string[] = [];
  for (const { MessageId: id = "", Body: body = "" } of messages) {
    if (hasEnough(pull)) break;
    if (await printMessage(pull, id, body)) printed.push(id);
  }
  // A reader that went may not have read what was written to it last.
  if (options.keep || progress.readerGone || printed.length === 0) return;
  const untaken = await pull.remove(printed.flatMap((id) => progress.held.get(id) ?? []));
  for (const id of printed) progress.held.delete(id);
  progress.deleted += printed.length - untaken;
  progress.undeleted += untaken;
};

const pullAll = async (pull: Pull, signal: AbortSignal): Promise<void> => {
  const { options, progress } = pull;
  let quietSeconds = 0;
  for (;;) {
    const pollSeconds = Math.min(LONGEST_POLL_SECONDS, options.wait - quietSeconds);
    const messages = await pull.receive(pollSeconds, signal);
    const fresh = messages.filter(({ MessageId: id = "" }) => !progress.seen.has(id));
    for (const { MessageId: id = "", ReceiptHandle: handle = "" } of options.keep ? messages : fresh) {
      progress.held.set(id, handle);
    }
    await takeIn(pull, fresh);
    if (fresh.length > 0) quietSeconds = 0;
    else if (messages.length === 0) quietSeconds += pollSeconds;
    if (signal.aborted || hasEnough(pull) || (messages.length === 0 && quietSeconds >= options.wait)) return;
    if (pull.isTooLong()) {
      return pull.terminal.say(
        `phase ${options.phase}: ended after ${KEEP_SECONDS} s, before what is kept comes again`,
      );
    }
  }
};

const conclude = ({ options, progress, terminal }: Pull): void => {
  const { signals, messages, deleted, undeleted } = progress;
  const fate = options.keep ? "kept" : `${deleted} deleted`;
  terminal.say(`phase ${options.phase}: ${countOf(signals, "signal")} in ${countOf(messages, "message")}, ${fate}`);
  if (undeleted > 0) terminal.say(`warning: ${countOf(undeleted, "message")} could not be deleted and will come again`);
};

/**
 * Prints the signals of a phase, a JSON line each, until its queue stays empty. A message is deleted after its lines have left
 * the process; one that breaks the schema is named and left to the dead-letter queue. It returns early when `signal` aborts and
 * when nobody reads on; what was received and not printed is then visible again at once.
 *
 * @throws UsageError where the stack has no queue of the phase
 */
export const pullSignals = async (
  stack: StackQueues,
  options: PullOptions,
  terminal: PullTerminal,
  signal: AbortSignal,
  clock: PullClock = { now: Date.now, sleep: wait },
): Promise<void> => {
  const pull = createPull(stack, options, terminal, clock);
  try {
    await pullAll(pull, signal);
  } finally {
    const hidden = await pull.show([...pull.progress.held.values()]);
    conclude(pull);
    if (hidden > 0) {
      terminal.say(`warning: ${countOf(hidden, "message")} could not be made visible again before the timeout ends`);
    }
  }
};
