/** Milliseconds, as all that these give. */
export const hours = (count: number): number => count * 60 * 60 * 1_000;

export const days = (count: number): number => hours(24 * count);
