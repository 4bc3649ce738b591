import type { TestProject } from 'vitest/node';
import { installPushy, installPython } from '../emulators/install.ts';

/** All files together, in milliseconds, once what they need is installed: that has a limit of its own. */
const longestMs = 10 * 60_000;

declare module 'vitest' {
  interface ProvidedContext {
    /** Epoch milliseconds. */
    deployUntil: number;
  }
}

export default async ({ provide }: TestProject): Promise<void> => {
  await Promise.all([installPython(), installPushy()]);
  provide('deployUntil', Date.now() + longestMs);
};
