import { expect, it } from 'vitest';
import { handleEvent } from '../../lambda/http/handle-events.ts';
import { captureLog } from './support/captured-log.ts';

const log = captureLog();

it('puts lists last, so that one of a hundred phones keeps no other field from being discovered', async () => {
  await handleEvent('push_call', async (trace) => {
    trace.add({ pushes: Array(100).fill({ outcome: 'accepted' }), passedOver: [] });
    trace.add({ accepted: 100, failed: { reason: {} }, code: undefined });
  });
  expect(Object.keys(Object(log.lines[0]))).toEqual([
    ...['operation', 'accepted', 'failed', 'code', 'durationMs'],
    ...['pushes', 'passedOver'],
  ]);
});
