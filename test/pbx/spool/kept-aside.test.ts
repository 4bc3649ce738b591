import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../lambda/core/token.ts';
import { register, remove, update } from './support.ts';
import { useSpool } from './use-spool.ts';

const run = useSpool();

describe('what the proxy refuses for good', () => {
  it.each(['invalid-token', 'unknown-app', 'platform-not-served', 'invalid-request'])(
    '%s: is kept aside, logged, and holds back nothing',
    async (code) => {
      run.endpoint.answer(({ body }) =>
        body['extension'] === '101' ? { status: 400, code } : { status: 200 },
      );
      await run.pns.add(register('secret-token', '101'));
      await run.pns.add(register('secret-token', '102', { line: 2 }));
      await run.pns.empty();
      expect(run.takenExtensions()).toEqual(['102']);
      expect(run.pns.spool.keptAside()).toBe(1);
      expect(run.pns.of('kept_aside')).toEqual([
        {
          level: 'error',
          event: 'kept_aside',
          operation: 'register',
          extension: '101',
          fingerprint: fingerprintOf('secret-token'),
          entry: 1,
          tries: 1,
          ageMs: expect.any(Number),
          code,
          detail: `failed with ${code}`,
        },
      ]);
      expect(JSON.stringify(run.pns.lines)).not.toContain('secret-token');
    },
  );

  it('app-not-allowed, though a 403, is about the request, and not the key', async () => {
    run.endpoint.answer(() => ({ status: 403, code: 'app-not-allowed' }));
    await run.pns.add(register('a', '101'));
    await run.pns.empty();
    expect(run.pns.spool.keptAside()).toBe(1);
  });

  it('once for each token, line and operation, however often a phone repeats itself', async () => {
    run.endpoint.answer(() => ({ status: 400, code: 'invalid-token' }));
    for (let n = 0; n < 10; n += 1) await run.pns.add(register('a', `10${n}`));
    await run.pns.add(register('a', '101', { line: 2 }));
    await run.pns.empty();
    expect(run.pns.spool.keptAside()).toBe(2);
  });

  it('is gone once a later one that conflicts has been taken', async () => {
    run.endpoint.answer(() => ({ status: 400, code: 'unknown-app' }));
    await run.pns.add(register('a', '101'));
    await run.pns.add(register('b', '101'));
    await run.pns.add(register('c', '103'));
    await run.pns.empty();
    run.endpoint.answer(() => ({ status: 200 }));
    await run.pns.add(register('a', '102'));
    await run.pns.add(remove({ extension: '103' }));
    await run.pns.empty();
    expect(run.pns.spool.keptAside()).toBe(1);
    expect(run.pns.of('delivered')).toMatchObject([{ superseded: [1] }, { superseded: [3] }]);
  });

  it('an update of tokens that the proxy does not know is done with', async () => {
    run.endpoint.answer(() => ({ status: 404, code: 'unknown-token' }));
    await run.pns.add(update('a', 'b'));
    await run.pns.empty();
    expect(run.pns.spool.keptAside()).toBe(0);
    expect(run.pns.of('delivered')).toMatchObject([{ operation: 'update', code: 'unknown-token' }]);
  });
});
