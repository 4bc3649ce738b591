import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld, theTrouble, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** A proxy that answers CONNECT so; with 200 it leads to the endpoint, whatever it was asked for. */
const startProxy = async (answer: (request: IncomingMessage) => number): Promise<string> => {
  const server = createServer();
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const status = answer(request);
    socket.write(`HTTP/1.1 ${status} .\r\n\r\n`);
    if (status !== 200) return void socket.end();
    const onward = connect(world.endpointPort, '127.0.0.1').on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
  });
  return `http://127.0.0.1:${await world.closing.listen(server)}`;
};

const credentials = `Basic ${Buffer.from('pbx:pa ss').toString('base64')}`;
const withLogin = (request: IncomingMessage) =>
  request.headers['proxy-authorization'] === credentials ? 200 : 407;

it('lets pns through', async () => {
  world.ports.lookUp = () => Promise.reject(new Error('not to be asked'));
  const httpsProxy = await startProxy(() => 200);
  const findings = await world.look({ httpsProxy });
  expect(troubles(findings)).toEqual([]);
  expect(findings.find(({ check }) => check === 'proxy')).toMatchObject({ level: 'ok' });
});

it('refuses the endpoint', async () => {
  const found = theTrouble(await world.look({ httpsProxy: await startProxy(() => 403) }));
  expect(found).toMatchObject({ check: 'proxy', level: 'fault', details: { status: 403 } });
  expect(found.remedy).toContain('allow CONNECT');
});

it('wants a login, and gets it from HTTPS_PROXY', async () => {
  const httpsProxy = await startProxy(withLogin);
  const found = theTrouble(await world.look({ httpsProxy }));
  expect(found).toMatchObject({ check: 'proxy', level: 'fault', details: { status: 407 } });
  expect(found.remedy).toContain('USER:PASSWORD');

  expect(troubles(await world.look({ httpsProxy: httpsProxy.replace('//', '//pbx:pa%20ss@') }))).toEqual([]);

  const findings = await world.look({ httpsProxy: httpsProxy.replace('//', '//pbx:wrong@') });
  expect(theTrouble(findings)).toMatchObject({ check: 'proxy', level: 'fault' });
  expect(JSON.stringify(findings)).not.toContain('wrong');
});

it('never answers', async () => {
  const server = createServer().on('connect', () => undefined);
  const httpsProxy = `http://127.0.0.1:${await world.closing.listen(server)}`;
  expect(theTrouble(await world.look({ httpsProxy }))).toMatchObject({
    check: 'proxy',
    level: 'fault',
    details: { failure: 'ETIMEDOUT' },
  });
});

it('is not there', async () => {
  const server = createServer();
  const port = await world.closing.listen(server);
  await new Promise((closed) => server.close(closed));
  const found = theTrouble(await world.look({ httpsProxy: `http://127.0.0.1:${port}` }));
  expect(found).toMatchObject({ check: 'connection', level: 'fault' });
  expect(found.remedy).toContain('HTTPS_PROXY');
});

it('is in the environment, and pns was not told', async () => {
  world.ports.environment = { https_proxy: 'http://user:secret@proxy.example.com:3128' };
  const findings = await world.look();
  expect(theTrouble(findings)).toMatchObject({ check: 'proxy', level: 'warning' });
  expect(JSON.stringify(findings)).not.toContain('secret');

  world.ports.environment = {
    HTTPS_PROXY: 'http://proxy.example.com:3128',
    NO_PROXY: 'localhost, .example.com',
  };
  expect(troubles(await world.look())).toEqual([]);
});
