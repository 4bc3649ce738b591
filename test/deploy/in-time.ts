import { afterEach, beforeEach, inject } from 'vitest';

const check = (): void => {
  const lateMs = Date.now() - inject('deployUntil');
  if (lateMs > 0) throw new Error(`the whole run is ${Math.ceil(lateMs / 1_000)} s over its time`);
};

/** What takes longer fails: whatever ends too late, and all that has not begun. */
beforeEach(check);
afterEach(check);
