import { createHash } from "node:crypto";

import type { PageContent } from "./layout.ts";

/** What a listener is told: what has changed since it was told last; `version` names what it then shows. */
export interface Change {
  readonly version: string;
  /** Parts by id, as HTML. */
  readonly parts: Readonly<Record<string, string>>;
  /** Live values of the parts that are not among these. */
  readonly values: Readonly<Record<string, string>>;
  /** Nothing will change any more. */
  readonly isOver: boolean;
}

/** Reads what a path shows; undefined where there is nothing. */
export type ReadPage = (path: string) => Promise<PageContent | undefined>;

type Listener = (change: Change) => void;

interface View {
  /** Each with the version that it shows. */
  readonly listeners: Map<Listener, string>;
  shown: PageContent | undefined;
}

/** Pages that change while somebody looks at them. */
export interface LiveViews {
  /** Tells of everything unless that is the `version` that is shown already, then of each change. Gives what ends it. */
  listen(path: string, version: string, listener: Listener): () => void;
  close(): void;
}

export interface LiveViewOptions {
  readonly read: ReadPage;
  /** Between two looks, in ms. */
  readonly pollMs: number;
  readonly onFault: (error: unknown) => void;
}

/** Names what a page shows: the same content has the same version, whoever has read it. */
export const versionOf = ({ parts, isLive }: PageContent): string => {
  const hash = createHash("sha256").update(String(isLive));
  for (const [id, { html }] of Object.entries(parts)) hash.update(`\n${id}\n${html}`);
  return hash.digest("base64url").slice(0, 16);
};

/** What of a page differs from what it was; all of it where it was nothing. */
const changeOf = (before: PageContent | undefined, now: PageContent): Change => {
  const parts: Record<string, string> = {};
  const values: Record<string, string> = {};
  for (const [id, part] of Object.entries(now.parts)) {
    const old = before?.parts[id];
    if (old?.frame !== part.frame) parts[id] = part.html;
    else
      Object.assign(
        values,
        Object.fromEntries(Object.entries(part.values).filter(([key, text]) => old.values[key] !== text)),
      );
  }
  return { version: versionOf(now), parts, values, isOver: !now.isLive };
};

/** Takes what was read for what is shown, and tells each listener what it does not show yet. */
const update = (view: View, now: PageContent): void => {
  const before = view.shown;
  view.shown = now;
  const version = versionOf(now);
  const old = before && versionOf(before);
  for (const [listener, known] of view.listeners) {
    if (known === version) continue;
    view.listeners.set(listener, version);
    listener(changeOf(known === old ? before : undefined, now));
  }
};

/**
 * One loop looks for all listeners: each page once, however many look at it, only while somebody does, and no longer than it can
 * change. Only what differs is told, and nothing where nothing does.
 */
export const createLiveViews = ({ read, pollMs, onFault }: LiveViewOptions): LiveViews => {
  const views = new Map<string, View>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const isOver = ({ shown }: View): boolean => shown?.isLive === false;

  const refresh = async (path: string, view: View): Promise<void> => {
    const content = await read(path);
    if (content !== undefined) update(view, content);
  };
  const lookAround = async (): Promise<void> => {
    for (const [path, view] of views) if (!isOver(view)) await refresh(path, view).catch(onFault);
    timer = undefined;
    schedule(pollMs);
  };
  const schedule = (ms: number): void => {
    const isWanted = [...views.values()].some((view) => !isOver(view));
    if (!closed && isWanted) timer ??= setTimeout(() => void lookAround(), ms);
  };

  return {
    listen: (path, version, listener) => {
      const view = views.get(path) ?? { listeners: new Map(), shown: undefined };
      views.set(path, view);
      view.listeners.set(listener, version);
      if (view.shown !== undefined) update(view, view.shown);
      schedule(0);
      return () => {
        view.listeners.delete(listener);
        if (view.listeners.size === 0) views.delete(path);
      };
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
};
