import { inspect } from 'node:util';
import { afterEach, beforeEach, vi } from 'vitest';

/** What the functions log while a test runs; nothing of it reaches the terminal. */
export const captureLog = () => {
  const lines: unknown[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...values: unknown[]) => void lines.push(...values));
    }
  });
  afterEach(() => void vi.restoreAllMocks());
  return {
    lines,
    clear: () => void lines.splice(0),
    /** Everything, in depth, getters and causes too. */
    text: () => lines.map((line) => `${JSON.stringify(line)}\n${inspect(line, { depth: 20 })}`).join('\n'),
  };
};
