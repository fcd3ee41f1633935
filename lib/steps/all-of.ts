/**
 * Waits for all that runs side by side, also where some of it fails: what is still on its way when a step ends would go on beside its
 * next try. @throws the first error of the list
 */
export const allOf = async <const Running extends readonly Promise<unknown>[]>(running: Running) => {
  await Promise.allSettled(running);
  return Promise.all(running);
};
