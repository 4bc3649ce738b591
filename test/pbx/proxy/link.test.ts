import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Link } from '../../../pbx/src/proxy/link.ts';
import { createLink } from '../../../pbx/src/proxy/link.ts';
import { settingsOf } from '../support/settings.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

let endpoint: ReturnType<typeof createStandInEndpoint>;
let link: Link;
let settings: ReturnType<typeof settingsOf>;

beforeEach(async () => {
  endpoint = createStandInEndpoint();
  const { url } = await endpoint.start();
  settings = settingsOf({ pushUrl: url });
  link = createLink(settings, { log: () => {}, onAttempt: () => {}, onBack: () => {} });
});
afterEach(async () => {
  link.close();
  await endpoint.stop();
});

const openBreaker = async () => {
  endpoint.set({ status: 500, body: { message: 'Internal Server Error' } });
  while (link.report().breaker === 'closed') await link.pushCall({ to: '101' }).catch(() => {});
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

it('keeps no connection of a former way, once what is under way has ended', async () => {
  const answered = link.pushCall({ to: '101' }, { deadlineMs: 5_000 });
  await expect.poll(endpoint.connections).toBe(1);
  link.use({ ...settings, key: `${settings.key}2` });
  await answered;
  await expect.poll(endpoint.connections).toBe(0);
});
