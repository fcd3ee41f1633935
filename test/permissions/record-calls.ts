import { STATE_MACHINE_ACCESS_KEY } from "../../lib/local/access-keys.ts";
import type { CloudFaults } from "../../lib/local/cloud-faults.ts";
import { type Answer, type RecordingProxy, type SentRequest, startRecordingProxy } from "./recording-proxy.ts";
import { type AskedAction, missingObjectAction, type RecordedService, sdkActions } from "./sdk-actions.ts";

/** Whose calls are those that no function made. */
export const STATE_MACHINE = STATE_MACHINE_ACCESS_KEY;

/** A call that a function, or the state machine, made. */
interface RecordedCall extends AskedAction {
  /** Logical id of the function, or {@link STATE_MACHINE}. */
  readonly caller: string;
}

/** What a cloud's functions and its state machine called. */
export interface Recorder {
  /** For the cloud's option of that name. */
  readonly faults: CloudFaults;
  /** Each call once. */
  calls(): readonly RecordedCall[];
  /** Logical ids of the functions that were invoked. */
  readonly invoked: ReadonlySet<string>;
  /** Calls that are not known, in words. */
  readonly unknown: readonly string[];
  /** From now on events of S3 are lost, or not. @default true */
  loseEvents(lose?: boolean): void;
  /** From its second invocation from now on, each of this function dies. */
  breakOff(name: string): void;
  stop(): Promise<void>;
}

/** The functions' threads sign with their logical ids as access keys. */
const callerOf = ({ headers }: SentRequest): string =>
  /Credential=([^/]+)\//u.exec(headers.authorization ?? "")?.[1] ?? "";

const slowDown: Answer = {
  status: 503,
  headers: { "content-type": "application/xml" },
  body: Buffer.from("<Error><Code>SlowDown</Code><Message>injected</Message></Error>"),
};

const accessDenied: Answer = {
  status: 403,
  headers: { "content-type": "application/xml" },
  body: Buffer.from("<Error><Code>AccessDenied</Code><Message>injected</Message></Error>"),
};

/** Refuses the first object that the state machine reads, so that a dispatch breaks off. */
const refuseFirstRead = () => {
  let refused = false;
  return (request: SentRequest): Answer | undefined => {
    if (refused || request.method !== "GET" || callerOf(request) !== STATE_MACHINE) return undefined;
    refused = true;
    return accessDenied;
  };
};

/** Refuses the parts of each function's first multipart upload, so that it gives one up. */
const refuseFirstUploads = () => {
  const refused = new Map<string, string>();
  return (request: SentRequest): Answer | undefined => {
    const upload = request.url.searchParams.get("uploadId");
    if (request.method !== "PUT" || upload === null) return undefined;
    const caller = callerOf(request);
    if (caller === STATE_MACHINE) return undefined;
    if (!refused.has(caller)) refused.set(caller, upload);
    return refused.get(caller) === upload ? slowDown : undefined;
  };
};

/** Lets uploads look an hour old in a listing, so that the sweep of the inbox looks at them. */
const ageListed = (answer: Answer): Answer => {
  const old = `<LastModified>${new Date(Date.now() - 3_600_000).toISOString()}</LastModified>`;
  const body = answer.body.toString("utf8").replaceAll(/<LastModified>[^<]*<\/LastModified>/gu, old);
  return { ...answer, body: Buffer.from(body) };
};

/** Records what is called through it. */
export const createRecorder = (): Recorder => {
  const proxies: RecordingProxy[] = [];
  const calls = new Map<string, RecordedCall>();
  const invoked = new Set<string>();
  const unknown: string[] = [];
  let lost = false;
  /** Functions that break off, with whether their first invocation is still to come. */
  const breaking = new Map<string, boolean>();
  const refuseUpload = refuseFirstUploads();
  const refuseRead = refuseFirstRead();

  const record = (service: RecordedService, request: SentRequest, status: number): void => {
    try {
      const actions = [...sdkActions(service, request)];
      if (service === "s3" && status === 404) actions.push(missingObjectAction(request));
      for (const action of actions) {
        const call = { caller: callerOf(request), ...action };
        calls.set(JSON.stringify(call), call);
      }
    } catch (error) {
      unknown.push(String(error));
    }
  };
  const interpose = async (service: RecordedService, endpoint: string): Promise<string> => {
    const proxy = await startRecordingProxy({
      endpoint,
      refuse: (request) => (service === "s3" ? (refuseUpload(request) ?? refuseRead(request)) : undefined),
      onAnswer: (request, answer) => {
        record(service, request, answer.status);
        return request.url.searchParams.get("prefix") === "inbox/" ? ageListed(answer) : answer;
      },
    });
    proxies.push(proxy);
    return proxy.endpoint;
  };
  return {
    faults: {
      interpose,
      kill: (name) => {
        invoked.add(name);
        if (!breaking.has(name)) return undefined;
        const first = breaking.get(name);
        breaking.set(name, false);
        return first === true ? undefined : "before";
      },
      deliver: (put) => {
        if (!lost) void put();
      },
    },
    calls: () => [...calls.values()],
    invoked,
    unknown,
    loseEvents: (lose = true) => {
      lost = lose;
    },
    breakOff: (name) => void breaking.set(name, true),
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
};
