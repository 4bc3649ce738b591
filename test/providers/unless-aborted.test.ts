import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../lambda/providers/unless-aborted.ts';

const never = new Promise<string>(() => {});

describe('unlessAborted', () => {
  it('gives what the work comes to, and fails as it does', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(unlessAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  });

  it('waits no longer than until it is aborted, nor at all where it was before', async () => {
    const controller = new AbortController();
    const waiting = unlessAborted(never, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(unlessAborted(never, controller.signal)).rejects.toThrow('enough');
  });
});
