/** Milliseconds. */
export const days = (count: number): number => count * 24 * 60 * 60 * 1_000;
