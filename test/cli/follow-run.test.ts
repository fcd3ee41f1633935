import { SFNClient } from "@aws-sdk/client-sfn";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { followRun } from "../../lib/cli/follow-run.ts";
import { embeddedPace } from "../../lib/cli/pace.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { startGateway } from "../../lib/local/gateway.ts";
import { FakeObjectStore, FakeRunStore } from "../steps/fakes.ts";
import { runItem, RUN, waveItem } from "../steps/builders.ts";

afterEach(() => {
  vi.useRealTimers();
});

type Answer = Record<string, unknown> | AwsError;

/** Follows a run of which Step Functions says these answers in turn, the last one again and again. */
const follow = async (
  answers: readonly Answer[],
  onAsked: (runs: FakeRunStore, asked: number) => Promise<void> = async () => {},
  more: Partial<Parameters<typeof followRun>[0]> = {},
) => {
  const runs = new FakeRunStore();
  const asked: unknown[] = [];
  const gateway = await startGateway({
    invokeFunction: async () => ({ payload: "null" }),
    secret: async () => "",
    states: async (_, { executionArn }) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? {};
      await onAsked(runs, asked.push(executionArn));
      if (answer instanceof AwsError) throw answer;
      return answer;
    },
  });
  const sfn = new SFNClient({
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    endpoint: gateway.endpoint,
  });
  onTestFinished(async () => {
    sfn.destroy();
    await gateway.stop();
  });
  const stack = {
    outputs: { StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run" },
    clients: { sfn },
    runs,
    objects: new FakeObjectStore(),
    fleet: { read: () => Promise.reject(new Error("not asked for")) },
    pace: embeddedPace,
    ...more,
  } as unknown as Parameters<typeof followRun>[0];
  const observed: string[] = [];
  const observer = {
    planned: ({ run_id }: { run_id: string }) => void observed.push(`planned ${run_id}`),
    waveScored: ({ wave }: { wave: number }) => void observed.push(`wave ${wave}`),
    controlled: (state: string) => void observed.push(state),
  };
  const ended = (signal = new AbortController().signal) => followRun(stack, RUN, observer, signal);
  return { asked, observed, observer, ended };
};

const failed = (cause: string | undefined, error: string | undefined = "Phase21.InvalidInput") =>
  follow([{ status: "FAILED", ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) }]);

const explained = async (cause: string | undefined, error?: string): Promise<string> => {
  const { ended } = await failed(cause, error);
  return ended().then(
    () => "finished",
    (reason: Error) => `${reason.name}: ${reason.message}`,
  );
};

describe("a run that failed", () => {
  const lambdaCause = { errorType: "Phase21.InvalidInput", errorMessage: 'config.json: expected "x"', trace: ["at a"] };

  test("is explained by the message of the function, not by the JSON around it", async () => {
    expect(await explained(JSON.stringify(lambdaCause))).toBe(
      'RunFailedError: run run-1: Phase21.InvalidInput: config.json: expected "x"',
    );
  });

  test("is explained by the message also where Step Functions has cut the cause", async () => {
    const cut = JSON.stringify({ ...lambdaCause, trace: ["at a".repeat(100)] }).slice(0, 120);
    expect(await explained(cut)).toBe('RunFailedError: run run-1: Phase21.InvalidInput: config.json: expected "x"');
  });

  test.each([
    ["words", "the state timed out", "the state timed out"],
    ["JSON without a message", '{"a":1}', '{"a":1}'],
    ["a cut text without a message", '{"a":', '{"a":'],
    ["nothing", undefined, "no cause given"],
  ])("is explained by its cause where that is %s", async (_, cause, expected) => {
    expect(await explained(cause)).toBe(`RunFailedError: run run-1: Phase21.InvalidInput: ${expected}`);
  });

  test("is named by its status where it has no error", async () => {
    const { ended } = await follow([{ status: "ABORTED" }]);
    await expect(ended()).rejects.toThrow("run run-1: ABORTED: no cause given");
  });
});

describe("a run that goes on", () => {
  test("is asked for by the execution that bears its name", async () => {
    const { asked, ended } = await follow([{ status: "SUCCEEDED" }]);
    await ended();
    expect(asked).toEqual(["arn:aws:states:us-east-1:000000000000:execution:Run:run-1"]);
  });

  test("is told of once when it is planned, and once for each wave, in their order", async () => {
    const notStarted = new AwsError("ExecutionDoesNotExist", "Execution Does Not Exist");
    const { observed, ended } = await follow(
      [notStarted, { status: "RUNNING" }, { status: "RUNNING" }, { status: "SUCCEEDED" }],
      async (runs, asked) => {
        if (asked >= 2) await runs.begin(runItem());
        if (asked >= 3) await runs.putWave(RUN, waveItem(1));
        if (asked >= 4) await runs.putWave(RUN, waveItem(2));
      },
    );
    await ended();
    expect(observed).toEqual(["planned run-1", "wave 1", "wave 2"]);
  });

  test("is told of once when an operator pauses it", async () => {
    const { observed, ended } = await follow([{ status: "RUNNING" }, { status: "SUCCEEDED" }], async (runs) => {
      await runs.begin(runItem());
      await runs.putControl(RUN, "PAUSED", "2026-01-01T00:00:00.000Z");
    });
    await ended();
    expect(observed).toEqual(["planned run-1", "PAUSED"]);
  });

  test("is looked at more closely only for those who watch it", async () => {
    const { asked, ended, observer } = await follow([{ status: "SUCCEEDED" }], (runs) => runs.begin(runItem()));
    const looks: unknown[] = [];
    await ended();
    expect(asked).toHaveLength(1);
    Object.assign(observer, { progressed: (progress: unknown) => looks.push(progress) });
    await ended();
    expect(looks).toEqual([{ setAside: 0, wave: undefined, pass: undefined, fleet: undefined }]);
  });

  test("is not waited for when nothing has started it within a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { ended } = await follow([new AwsError("ExecutionDoesNotExist", "Execution Does Not Exist")], async () => {
      vi.setSystemTime(Date.now() + 60_001);
    });
    await expect(ended()).rejects.toThrow("run run-1: expected the upload to start it within 60 s, nothing did");
  });

  test("is not waited for any longer once the process that runs it knows of its end", async () => {
    const { asked, ended } = await follow([{ status: "RUNNING" }, { status: "SUCCEEDED" }], undefined, {
      pace: { ...embeddedPace, pollMs: () => 2 ** 30 },
      executionEnded: async () => {},
    });
    await ended();
    expect(asked).toHaveLength(2);
  });

  test("is left at once by an interrupt", async () => {
    const { ended, asked } = await follow([{ status: "RUNNING" }]);
    await expect(ended(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(asked).toEqual([]);
  });

  test("is given up on a fault of Step Functions", async () => {
    const { ended } = await follow([new AwsError("AccessDeniedException", "not allowed")]);
    await expect(ended()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});
