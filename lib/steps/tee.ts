/** One of the streams that share a source; to be returned by whoever stops reading before its end. */
export type Branch<T> = Required<Pick<AsyncIterableIterator<T, undefined>, "next" | "return">> & AsyncIterable<T>;

/**
 * Two streams of what one source gives. A piece is drawn when both have asked for it, so nothing gathers between them; a branch that is
 * returned no longer holds the other one back. A branch is asked for one piece at a time.
 */
export const tee = <T>(source: AsyncIterable<T>): readonly [Branch<T>, Branch<T>] => {
  const pieces = source[Symbol.asyncIterator]();
  const ended = { done: true, value: undefined } as const;
  const open = new Set<Branch<T>>();
  const asking = new Map<Branch<T>, PromiseWithResolvers<IteratorResult<T, undefined>>>();
  const drawOnceAllAsk = (): void => {
    if (asking.size < open.size) return;
    const told = [...asking.values()];
    asking.clear();
    pieces.next().then(
      (piece) => told.forEach(({ resolve }) => resolve(piece)),
      (error: unknown) => told.forEach(({ reject }) => reject(error)),
    );
  };
  const openBranch = (): Branch<T> => {
    const branch: Branch<T> = {
      next: () => {
        if (!open.has(branch)) return Promise.resolve(ended);
        const asked = Promise.withResolvers<IteratorResult<T, undefined>>();
        asking.set(branch, asked);
        drawOnceAllAsk();
        return asked.promise;
      },
      return: async () => {
        if (!open.delete(branch)) return ended;
        asking.get(branch)?.resolve(ended);
        asking.delete(branch);
        if (open.size === 0) await pieces.return?.();
        else drawOnceAllAsk();
        return ended;
      },
      [Symbol.asyncIterator]: () => branch,
    };
    open.add(branch);
    return branch;
  };
  return [openBranch(), openBranch()];
};
