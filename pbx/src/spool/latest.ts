import { canonical } from '../../../lambda/core/token.ts';
import type { Entry } from './entry.ts';
import type { Statements } from './statements.ts';
import { lineOf } from './supersede.ts';

/**
 * The latest registers that the proxy has taken, of each token and line, while earlier requests are in the spool: one of
 * those that an update gives another token must not undo what that token has been registered for since.
 */
export const createLatest = ({ run, number }: Statements) => {
  const keep = (token: string, line: number, entry: number) =>
    run(
      'INSERT INTO latest (token, line, entry) VALUES (?, ?, ?)' +
        ' ON CONFLICT (token, line) DO UPDATE SET entry = max(entry, excluded.entry)',
      token,
      line,
      entry,
    );
  const forget = (token: string, line: number | null) =>
    run('DELETE FROM latest WHERE token = ? AND line = ifnull(?, line)', token, line);

  return {
    /** The proxy has taken this one, which is in the spool no longer. */
    note: (entry: Entry): void => {
      const { operation, request, id } = entry;
      if (operation === 'update') {
        const [from, to] = [canonical(request.oldToken), canonical(request.newToken)];
        if (from === to) return;
        run(
          'INSERT INTO latest (token, line, entry) SELECT ?, line, entry FROM latest WHERE token = ?' +
            ' ON CONFLICT (token, line) DO UPDATE SET entry = max(entry, excluded.entry)',
          to,
          from,
        );
        forget(from, null);
      } else if ('token' in request) {
        const [token, line] = [canonical(request.token), lineOf(entry)];
        if (operation === 'delete') forget(token, line ?? null);
        else if (number('SELECT 1 FROM entries WHERE id < ? LIMIT 1', id)) keep(token, line ?? 1, id);
      }
      run('DELETE FROM latest WHERE entry < ifnull((SELECT min(id) FROM entries), 1e18)');
    },

    /** Whether a token has been registered after an earlier request; a line of it, or any. */
    isAfter: (id: number, token: string, line: number | undefined): boolean =>
      number(
        'SELECT 1 FROM latest WHERE token = ? AND line = ifnull(?, line) AND entry > ?',
        canonical(token),
        line ?? null,
        id,
      ) === 1,
  };
};
