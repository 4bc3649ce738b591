import { describe, expect, it } from 'vitest';
import { createTrace } from '../../lambda/core/trace.ts';

const ticking = (...times: number[]) => createTrace(() => times.shift() ?? Number.NaN);

describe('trace', () => {
  it('gathers what operations add, the later over the earlier', () => {
    const trace = ticking();
    trace.add({ pbxId: 'pbx-1', devices: 1 });
    trace.add({ devices: 2 });
    expect(trace.fields).toEqual({ pbxId: 'pbx-1', devices: 2 });
  });

  it('notes how long a step took, to a tenth of a millisecond, and gives its result', async () => {
    const trace = ticking(10, 12.3456);
    expect(await trace.timed('table', async () => 'row')).toBe('row');
    expect(trace.fields).toEqual({ tableMs: 2.3 });
  });

  it('notes it of a step that failed, too', async () => {
    const trace = ticking(10, 13);
    const fault = new Error('down');
    await expect(trace.timed('push', () => Promise.reject(fault))).rejects.toBe(fault);
    expect(trace.fields).toEqual({ pushMs: 3 });
  });
});
