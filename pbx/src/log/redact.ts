/**
 * The last net: nobody should log one of these. Compared without case, `-` and `_`. Names of people and devices are
 * among them.
 */
const hidden = new Set([
  ...['token', 'oldtoken', 'newtoken', 'key', 'secret', 'password', 'authorization', 'proxyauthorization'],
  ...['text', 'fromname', 'callername', 'devicename'],
]);
const isHidden = (name: string): boolean => hidden.has(name.replaceAll(/[-_]/g, '').toLowerCase());

/** More is not worth a line, or goes round in a circle. */
const deepest = 8;

const cleaned = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > deepest) return '…';
  // Its message may hold what it was given.
  if (value instanceof Error)
    return { name: value.name, ...('code' in value && { code: String(value.code) }) };
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isHidden(name))
      .map(([name, inner]) => [name, cleaned(inner, depth + 1)]),
  );
};

/** Names that every line has of its own. */
const own = new Set(['time', 'level', 'event']);

/** What may stand in a line, at any depth. */
export const redact = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !own.has(name) && !isHidden(name))
      .map(([name, value]) => [name, cleaned(value, 1)]),
  );
