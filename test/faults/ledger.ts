import type { Kind } from './fault-proxy.ts';

const columns = ['DynamoDB', 'SNS', 'Secrets Manager', 'Apple', 'Google', 'Huawei', 'push service'] as const;
type Column = (typeof columns)[number];

/** How many faults were made, of which kind and where. */
export const createLedger = () => {
  const counts = new Map<string, Map<Column, number>>();
  const sum = (row: Map<Column, number>) => [...row.values()].reduce((total, count) => total + count, 0);
  return {
    add(kind: Kind | `provider ${string}`, column: Column): void {
      const row = counts.get(kind) ?? new Map<Column, number>();
      counts.set(kind, row.set(column, (row.get(column) ?? 0) + 1));
    },
    total: (): number => [...counts.values()].reduce((total, row) => total + sum(row), 0),
    /** One row a kind, with the sums beside and below. */
    table(): string {
      const rows = [...counts].map(([kind, row]) => [
        kind,
        ...columns.map((column) => row.get(column) ?? 0),
        sum(row),
      ]);
      const below = columns.map((_, index) => rows.reduce((total, row) => total + Number(row[index + 1]), 0));
      return [['fault', ...columns, 'all'], ...rows, ['all', ...below, this.total()]]
        .map(
          ([name, ...cells]) =>
            `${String(name).padEnd(22)}${cells.map((cell) => String(cell).padStart(16)).join('')}`,
        )
        .join('\n');
    },
  };
};
export type Ledger = ReturnType<typeof createLedger>;
