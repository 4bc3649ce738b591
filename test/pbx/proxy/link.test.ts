import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Link } from '../../../pbx/src/proxy/link.ts';
import { createLink } from '../../../pbx/src/proxy/link.ts';
import { settingsOf } from '../support/settings.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

let endpoint: ReturnType<typeof createStandInEndpoint>;
let link: Link;
let settings: ReturnType<typeof settingsOf>;
let age = 0;

beforeEach(async () => {
  endpoint = createStandInEndpoint();
  const { url } = await endpoint.start();
  settings = settingsOf({ pushUrl: url });
  link = createLink(settings, {
    log: () => {},
    onAttempt: () => {},
    onBack: () => {},
    spoolOldestSeconds: () => age,
  });
});
afterEach(async () => {
  link.close();
  await endpoint.stop();
});

const openBreaker = async () => {
  endpoint.set({ status: 500, body: { message: 'Internal Server Error' } });
  while (link.report().breaker === 'closed')
    await link.pushCall({ to: '101' }, { deadlineMs: 300 }).catch(() => {});
};

it('a reload that does not change the way to the proxy forgets nothing of it', async () => {
  await openBreaker();
  link.use({ ...settings, ringSeconds: settings.ringSeconds + 1 });
  expect(link.report().breaker).not.toBe('closed');
});

it('one that does begins anew', async () => {
  await openBreaker();
  link.use({ ...settings, key: `${settings.key}2` });
  expect(link.report()).toEqual({ breaker: 'closed', url: settings.pushUrl });
});

it('probes with a push to nobody, which is as a call is', async () => {
  await openBreaker();
  endpoint.received.length = 0;
  await endpoint.until('/push_call', 1);
  expect(endpoint.bodiesOf('/push_call')[0]).toMatchObject({
    to: 'pns-probe',
    only: ['pns-probe'],
    test: true,
  });
});

it('gives a probe as long as a call has', async () => {
  link.use({ ...settings, callDeadlineMs: 8_000 });
  await openBreaker();
  endpoint.delay(() => 2_300);
  endpoint.set('ok');
  await expect.poll(() => link.report().breaker, { timeout: 20_000 }).toBe('closed');
}, 30_000);

it('keeps no connection of a former way, once what is under way has ended', async () => {
  const answered = link.pushCall({ to: '101' }, { deadlineMs: 5_000 });
  await expect.poll(endpoint.connections).toBe(1);
  link.use({ ...settings, key: `${settings.key}2` });
  await answered;
  await expect.poll(endpoint.connections).toBe(0);
});

it('holds no cancel back where calls are: a phone may ring that the proxy was told of in time', async () => {
  await openBreaker();
  await expect(link.pushCall({ to: '101' })).rejects.toMatchObject({ code: 'breaker-open' });
  endpoint.set('ok');
  const cancel = { to: '101', uuid: crypto.randomUUID(), reason: 'caller_hung_up' } as const;
  expect(await link.pushCancel(cancel)).toMatchObject({ accepted: 1 });
});

it('knows of a proxy that is down from what is spooled, whatever it is tried for', async () => {
  await endpoint.stop();
  const stop = new AbortController();
  const sending = link.send(
    { operation: 'delete', request: { extension: '101' }, id: 1, at: 0, tries: 0 },
    stop.signal,
  );
  const down = { breaker: 'open', lastFailure: 'network' };
  await expect.poll(() => link.report(), { timeout: 10_000 }).toMatchObject(down);
  stop.abort();
  await sending.catch(() => {});
}, 20_000);

it('tells with each request how old the spool is, as it is then', async () => {
  age = 0;
  await link.pushCall({ to: '101' });
  age = 900;
  await link.pushCall({ to: '101' });
  expect(endpoint.received.map(({ spoolOldestSeconds }) => spoolOldestSeconds)).toEqual(['0', '900']);
});
