import { expect, it } from 'vitest';
import { reloaded } from '../../../pbx/src/settings/reload.ts';
import { read, required } from './support.ts';

it('takes over what a running daemon can change, and keeps the rest', async () => {
  const running = await read(required);
  const changed = await read(
    `${required}PROXY_ADDRESS = 8071\nDATA_DIR = /srv/pns\nLOG_LEVEL = debug\nRING_SECONDS = 20`,
  );
  expect(reloaded(running, changed)).toEqual({
    settings: { ...running, logLevel: 'debug', ringSeconds: 20 },
    needRestart: ['PROXY_ADDRESS', 'DATA_DIR'],
  });
});

it('asks for no restart where nothing has changed', async () => {
  const running = await read(required);
  expect(reloaded(running, await read(`${required}PROXY_ADDRESS = 127.0.0.1:8070`))).toEqual({
    settings: running,
    needRestart: [],
  });
});
