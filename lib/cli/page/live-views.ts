import type { PageContent } from "./layout.ts";

/** What a listener is told: the parts that have changed, by id; `version` names the state that it then has. */
export interface Change {
  readonly version: string;
  readonly parts: Readonly<Record<string, string>>;
  /** Nothing will change any more. */
  readonly isOver: boolean;
}

/** Reads what a path shows; undefined where there is nothing. */
export type ReadPage = (path: string) => Promise<PageContent | undefined>;

type Listener = (change: Change) => void;

interface View {
  readonly listeners: Set<Listener>;
  /** Each part with the number of the look that found it changed. */
  readonly parts: Map<string, { readonly html: string; readonly look: number }>;
  isOver: boolean;
}

/** Pages that change while somebody looks at them. */
export interface LiveViews {
  /** Tells of what has changed since `version`, of everything where that is not known, then of each change. Gives what ends it. */
  listen(path: string, version: string | undefined, listener: Listener): () => void;
  close(): void;
}

export interface LiveViewOptions {
  readonly read: ReadPage;
  /** Between two looks, in ms. */
  readonly pollMs: number;
  readonly onFault: (error: unknown) => void;
}

/**
 * One loop looks for all listeners: each page once, however many look at it, only while somebody does, and no longer than it can
 * change. Only parts that differ are told.
 */
export const createLiveViews = ({ read, pollMs, onFault }: LiveViewOptions): LiveViews => {
  const views = new Map<string, View>();
  const epoch = Date.now().toString(36);
  let look = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const changeSince = (view: View, since: number): Change => ({
    version: `${epoch}.${look}`,
    parts: Object.fromEntries(
      [...view.parts].filter(([, part]) => part.look > since).map(([id, part]) => [id, part.html]),
    ),
    isOver: view.isOver,
  });

  const refresh = async (path: string, view: View): Promise<void> => {
    const content = await read(path);
    if (content === undefined) return;
    let changed = content.isLive === view.isOver;
    view.isOver = !content.isLive;
    for (const [id, { html }] of Object.entries(content.parts)) {
      if (view.parts.get(id)?.html === html) continue;
      view.parts.set(id, { html, look });
      changed = true;
    }
    if (changed) for (const listener of view.listeners) listener(changeSince(view, look - 1));
  };

  const lookAround = async (): Promise<void> => {
    look += 1;
    for (const [path, view] of views) if (!view.isOver) await refresh(path, view).catch(onFault);
    timer = undefined;
    schedule(pollMs);
  };
  const schedule = (ms: number): void => {
    const isWanted = [...views.values()].some(({ isOver }) => !isOver);
    if (!closed && isWanted) timer ??= setTimeout(() => void lookAround(), ms);
  };

  return {
    listen: (path, version, listener) => {
      const view = views.get(path) ?? { listeners: new Set(), parts: new Map(), isOver: false };
      views.set(path, view);
      const [knownEpoch, known] = version?.split(".") ?? [];
      const since = knownEpoch === epoch ? Number(known) : -1;
      const first = changeSince(view, since);
      if (Object.keys(first.parts).length > 0 || first.isOver) listener(first);
      view.listeners.add(listener);
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
