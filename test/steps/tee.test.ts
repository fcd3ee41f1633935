import { expect, test } from "vitest";

import { tee } from "../../lib/steps/tee.ts";

/** Counts to `last` and notes what becomes of it. */
const createSource = (last: number) => {
  const seen = { drawn: 0, closed: false };
  async function* count(): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= last; n += 1) {
        seen.drawn = n;
        yield n;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, source: count() };
};

const collect = async (stream: AsyncIterable<number>): Promise<readonly number[]> => {
  const pieces: number[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
};

test("both streams give every piece, each drawn once", async () => {
  const { seen, source } = createSource(5);
  const [a, b] = tee(source);
  expect(await Promise.all([collect(a), collect(b)])).toEqual([
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ]);
  expect(seen).toEqual({ drawn: 5, closed: true });
});

test("nothing is drawn before both have asked for it", async () => {
  const { seen, source } = createSource(5);
  const [a, b] = tee(source);
  const first = a.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen.drawn).toBe(0);
  expect(await b.next()).toEqual({ done: false, value: 1 });
  expect(await first).toEqual({ done: false, value: 1 });
  expect(seen.drawn).toBe(1);
});

test("a stream that is given up, read or not, does not hold back the other", async () => {
  for (const give of [0, 2]) {
    const { seen, source } = createSource(4);
    const [a, b] = tee(source);
    const collected = collect(b);
    for (let n = 0; n < give; n += 1) await a.next();
    await a.return();
    await a.return();
    expect(await collected).toEqual([1, 2, 3, 4]);
    expect(await a.next()).toEqual({ done: true, value: undefined });
    expect(seen.closed).toBe(true);
  }
});

test("a stream that is given up while it waits takes no piece with it", async () => {
  const { source } = createSource(3);
  const [a, b] = tee(source);
  const waiting = a.next();
  await a.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await collect(b)).toEqual([1, 2, 3]);
});

test("the source is closed when both are given up", async () => {
  const { seen, source } = createSource(4);
  const [a, b] = tee(source);
  await Promise.all([a.next(), b.next()]);
  await a.return();
  expect(seen.closed).toBe(false);
  await b.return();
  expect(seen).toEqual({ drawn: 1, closed: true });
});

test("what fails fails for both", async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error("broke off");
  }
  const [a, b] = tee(failing());
  const both = await Promise.allSettled([collect(a), collect(b)]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
