import type { Listed } from '../spool/operator.ts';
import { dropRequest, listSpool, retryKeptAside } from '../spool/operator.ts';
import { SpoolError } from '../spool/spool-error.ts';
import { CommandError } from './failure.ts';
import { explainCode } from './reasons.ts';
import { formatTable, iso, plural } from './table.ts';
import type { Terminal } from './terminal.ts';

const stateOf = ({ keptAt, retryAsked }: Listed): string => {
  if (keptAt === undefined) return 'to be sent';
  return retryAsked ? 'to be sent again' : 'kept aside';
};

const phoneOf = ({ deviceId, fingerprint, newFingerprint }: Listed): string | undefined =>
  newFingerprint === undefined ? (deviceId ?? fingerprint) : `${fingerprint} to ${newFingerprint}`;

const columns = {
  ID: ({ id }) => String(id),
  STATE: stateOf,
  OPERATION: ({ operation }) => operation,
  EXTENSION: ({ extension }) => extension,
  PHONE: phoneOf,
  TAKEN: ({ at }) => iso(at),
  TRIES: ({ tries }) => String(tries),
  FAILED: ({ failedAt }) => (failedAt === undefined ? undefined : iso(failedAt)),
  CODE: ({ code }) => code,
  DETAIL: ({ detail }) => detail,
} satisfies Record<string, (row: Listed) => string | undefined>;

const forPrograms = ({ at, failedAt, keptAt, ...rest }: Listed) => ({
  ...rest,
  at: iso(at),
  ...(failedAt !== undefined && { failedAt: iso(failedAt) }),
  ...(keptAt !== undefined && { keptAt: iso(keptAt) }),
});

/** Where nothing was ever spooled, there is no spool. */
const unless = <Result>(missing: Result, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpoolError && error.code === 'missing') return missing;
    throw error;
  }
};

/** `pns spool` */
export const showSpool = (file: string, { json = false }: { json?: boolean }, terminal: Terminal): number => {
  const { pending, keptAside } = unless({ pending: [], keptAside: [] }, () => listSpool(file));
  if (json) {
    const lists = { pending: pending.map(forPrograms), keptAside: keptAside.map(forPrograms) };
    terminal.out(JSON.stringify(lists, undefined, 2));
    return 0;
  }
  const rows = [...pending, ...keptAside];
  if (rows.length === 0) {
    terminal.note('the spool is empty: all has reached the proxy');
    return 0;
  }
  terminal.out(formatTable(columns, rows));
  for (const code of new Set(rows.flatMap((row) => row.code ?? []))) {
    terminal.note(`${code}: ${explainCode(code)}`);
  }
  if (keptAside.length > 0) {
    terminal.note('What is kept aside: pns spool retry ID sends it again, pns spool drop ID gives it up.');
  }
  return 0;
};

const nothingFound = (what: string) => new CommandError(`${what}: pns spool lists what there is`);

/** `pns spool retry` */
export const retrySpooled = (file: string, which: number | 'all', terminal: Terminal): number => {
  const count = unless(0, () => retryKeptAside(file, which));
  if (count === 0 && which !== 'all') throw nothingFound(`no request ${which} is kept aside`);
  terminal.note(
    count === 0
      ? 'nothing is kept aside'
      : `${plural(count, 'request')} to be sent again: the daemon does it in some seconds`,
  );
  return 0;
};

/** `pns spool drop` */
export const dropSpooled = (file: string, id: number, terminal: Terminal): number => {
  if (!unless(false, () => dropRequest(file, id))) throw nothingFound(`there is no request ${id}`);
  terminal.note(`request ${id} is given up`);
  return 0;
};
