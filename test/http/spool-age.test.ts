import { beforeEach, describe, expect, test } from 'vitest';
import { captureLog } from './support/captured-log.ts';
import { createEndpoint } from './support/endpoint.ts';
import { apiRequests } from './support/routes.ts';

const log = captureLog();
let endpoint: ReturnType<typeof createEndpoint>;
beforeEach(() => {
  endpoint = createEndpoint();
});

const logged = async (age: unknown, route: (typeof apiRequests)[number] = 'POST /push_call') => {
  const headers = { 'x-pns-spool-oldest-seconds': age };
  const { statusCode } = await endpoint.send(route, { body: { to: '101' }, headers });
  return { statusCode, line: log.lines.at(-1) };
};

describe('the age of the spool that a PBX tells of', () => {
  test.each(apiRequests)('is logged as a number: %s', async (route) => {
    const { line } = await logged('900', route);
    expect(line).toMatchObject({ pbxId: 'pbx-1', spoolOldestSeconds: 900 });
  });

  test.each(['0', '31536000'])('%s', async (age) => {
    expect((await logged(age)).line).toMatchObject({ spoolOldestSeconds: Number(age) });
  });

  test.each([
    '31536001',
    '99999999999',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    ' 9',
    '9, 9',
    'NaN',
    '',
    '９',
    9,
    ['9'],
    null,
  ])('%j is dropped, and the request served as ever', async (age) => {
    const { statusCode, line } = await logged(age);
    expect(statusCode).toBe(200);
    expect(line).not.toHaveProperty('spoolOldestSeconds');
  });
});
