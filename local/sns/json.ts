/** A JSON object of unknown shape. */
export type Json = Record<string, unknown>;

export const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;

/** @returns undefined where the text is not JSON, or not an object */
export const parseObject = (json: string): Json | undefined => {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return undefined;
  }
};
