import { expect, it } from 'vitest';
import { joined } from '../../../pbx/src/daemon/joined.ts';

/** Work that ends when it is told to. */
const createWork = () => {
  const begun: PromiseWithResolvers<void>[] = [];
  const ask = joined(() => {
    const one = Promise.withResolvers<void>();
    begun.push(one);
    return one.promise;
  });
  return { begun, ask };
};

it('what is asked for meanwhile is done once, afterwards, and all who asked are told', async () => {
  const { begun, ask } = createWork();
  const first = ask();
  await expect.poll(() => begun.length).toBe(1);
  const rest = Array.from({ length: 100 }, ask);
  begun[0]?.resolve();
  await first;
  await expect.poll(() => begun.length).toBe(2);
  begun[1]?.reject(new Error('refused'));
  const ended = await Promise.allSettled(rest);
  expect(ended).toEqual(Array(100).fill({ status: 'rejected', reason: new Error('refused') }));
  expect(begun).toHaveLength(2);
});

it('goes on after one that failed', async () => {
  const { begun, ask } = createWork();
  const first = ask();
  await expect.poll(() => begun.length).toBe(1);
  const second = ask();
  begun[0]?.reject(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await expect.poll(() => begun.length).toBe(2);
  begun[1]?.resolve();
  await second;
});
