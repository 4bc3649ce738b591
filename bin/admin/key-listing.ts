import { formatTable } from './format-table.ts';
import type { ListedKey } from './keys.ts';

const columns = {
  KEYID: ({ keyId }) => keyId,
  CREATED: ({ createdAt }) => createdAt,
  REPLACES: ({ replaces }) => replaces ?? '-',
  APPS: ({ apps }) => apps?.join(',') ?? 'all',
} satisfies Record<string, (key: ListedKey) => string>;

/** Keys as a table for people, one line each below its heads. */
export const formatKeys = (keys: readonly ListedKey[]): string =>
  formatTable(
    Object.keys(columns),
    keys.map((key) => Object.values(columns).map((read) => read(key))),
  );
