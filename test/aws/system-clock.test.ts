import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

// Lambda's runtime ends where nothing but unreferenced timers and idle connections is left, an unanswered
// request or not. A process of its own, since this one has much else to wait for.
it('a retry that waits keeps the process alive until it is answered', async () => {
  const script = `
    import { systemClock } from './lambda/aws/system-clock.ts';
    import { PushRefusal } from './lambda/core/ports.ts';
    import { retrying } from './lambda/core/retry.ts';
    let tries = 0;
    const attempt = async () => {
      tries += 1;
      if (tries < 3) throw new PushRefusal('throttled');
      return tries;
    };
    retrying(systemClock, Date.now() + 60_000, attempt).then((answer) => process.stdout.write('answered ' + answer));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stdout).toBe('answered 3');
});
