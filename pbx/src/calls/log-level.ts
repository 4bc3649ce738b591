import type { CallAnswer, OwnCode } from '../operations.ts';

/** These tell what was decided; every other code tells of a request that failed. */
const decisions: readonly OwnCode[] = ['cancelled', 'not-pushed', 'all-registered'];

export const levelOf = (code: CallAnswer['code']): 'info' | 'warn' =>
  code === undefined || decisions.some((one) => one === code) ? 'info' : 'warn';
