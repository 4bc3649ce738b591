import type { ListedKey } from './keys.ts';

const columns = {
  KEYID: ({ keyId }) => keyId,
  CREATED: ({ createdAt }) => createdAt,
  REPLACES: ({ replaces }) => replaces ?? '-',
  APPS: ({ apps }) => apps?.join(',') ?? 'all',
} satisfies Record<string, (key: ListedKey) => string>;

/** Keys as a table for people, one line each below its heads. */
export const formatKeys = (keys: readonly ListedKey[]): string => {
  const lines = [Object.keys(columns), ...keys.map((key) => Object.values(columns).map((read) => read(key)))];
  const widths = Object.keys(columns).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
