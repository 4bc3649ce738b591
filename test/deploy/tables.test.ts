import { afterAll, beforeAll } from 'vitest';
import type { MiniStack } from '../emulators/ministack.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { describeTables } from '../support/table-contracts.ts';

/** A DynamoDB that is neither AWS's nor the local cloud's. */
let miniStack: MiniStack;
beforeAll(async () => {
  miniStack = await startMiniStack('http://127.0.0.1:9');
});
afterAll(() => miniStack?.close());

describeTables('on MiniStack', () => ({
  endpoint: miniStack.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}));
