import { expect, it } from 'vitest';
import { callAnswer, startServer } from './support.ts';

const accept = { accept: 'application/json' };

it.each([
  ['pushCall', '/push_call?to=101', 0, '1'],
  ['pushCall', '/push_call?to=101', 3, '3'],
  ['pushMessage', '/push_message?to=101&from=102&kind=message', 0, '1'],
])(
  '%s with an unknown outcome: a script that waits for phones is to wait',
  async (name, path, devices, text) => {
    const unknown = { ...callAnswer, devices, accepted: 0, outcome: 'unknown' as const };
    const own = await startServer({ operations: { [name]: async () => unknown } });
    expect((await own.get(path)).text).toBe(text);
    expect(JSON.parse((await own.get(path, { headers: accept })).text)).toMatchObject({
      devices,
      outcome: 'unknown',
    });
    await own.server.close();
  },
);
