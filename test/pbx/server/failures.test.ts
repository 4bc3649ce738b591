import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { SettingsError } from '../../../pbx/src/settings/settings-error.ts';
import { SpoolError } from '../../../pbx/src/spool/spool-error.ts';
import { fcmToken } from '../../support/builders.ts';
import { uuid } from '../calls/support.ts';
import { startServer } from './support.ts';

const accept = { accept: 'application/json' };
const token = fcmToken('one');

it.each(['/register', '/update', '/delete'])(
  '%s is 503 and not acknowledged where the spool fails',
  async (path) => {
    const fail = async (): Promise<number> => {
      throw new SpoolError('full', 'cannot write the spool /var/x: disk is full (make room on the disk)');
    };
    const own = await startServer({ operations: { register: fail, update: fail, delete: fail } });
    const query =
      path === '/update'
        ? 'oldToken=a&newToken=b'
        : `extension=101${path === '/delete' ? '' : `&token=${token}`}`;
    expect(await own.get(`${path}?${query}`)).toMatchObject({
      status: 503,
      text: 'error: not stored, send it again later: cannot write the spool /var/x: disk is full (make room on the disk)',
    });
    expect(JSON.parse((await own.get(`${path}?${query}`, { headers: accept })).text)).toMatchObject({
      code: 'not-stored',
      retryable: true,
    });
    await own.server.close();
  },
);

it('settings that are wrong: told why, and that the old ones stay', async () => {
  const wrong = new SettingsError(['pns.conf:3: PORT: no such key', 'pns.conf:4: no NAME = value']);
  const own = await startServer({ operations: { reload: () => Promise.reject(wrong) } });
  const text =
    'error: the settings stay as they were: pns.conf:3: PORT: no such key; pns.conf:4: no NAME = value';
  expect(await own.get('/confreload')).toMatchObject({ status: 422, text });
  await own.server.close();
});

it('a fault of pns is 500 and tells nothing', async () => {
  const fault = new Error(`a secret ${token}`);
  const own = await startServer({ operations: { pushCall: () => Promise.reject(fault) } });
  const path = `/push_call?to=101&uuid=${uuid}`;
  expect(await own.get(path)).toMatchObject({ status: 500, text: 'error: internal error' });
  const { text } = await own.get(path, { headers: accept });
  expect(JSON.parse(text)).toEqual({
    type: 'urn:pns-proxy:error:internal',
    title: 'Internal error',
    status: 500,
    code: 'internal',
    detail: 'internal error',
    retryable: true,
  });
  expect(own.lines).toMatchObject(
    Array(2).fill({ event: 'internal_error', level: 'error', route: '/push_call' }),
  );
  expect(JSON.stringify(own.lines)).not.toMatch(/secret/);
  await own.server.close();
});

it.each([
  ['with its length told', 'content-length: 100\r\n\r\n{"ext'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n5\r\n{"ext\r\n'],
])('a body that breaks off is the client’s fault, and nothing is done: %s', async (_, rest) => {
  const own = await startServer();
  const socket = connect(own.port, '127.0.0.1');
  socket.end(`POST /register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${rest}`);
  await once(socket.resume(), 'close');
  const refused = expect.objectContaining({ event: 'request_refused', level: 'warn', route: '/register' });
  await expect.poll(() => own.lines).toContainEqual(refused);
  expect(new Set(own.lines.map(({ event }) => event))).toEqual(new Set(['request_refused']));
  expect(own.asked).toEqual([]);
  await own.server.close();
});
