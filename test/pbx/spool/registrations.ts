import { fingerprintOf } from '../../../lambda/core/token.ts';
import type { Change } from '../../../pbx/src/spool/entry.ts';

type Registration = { token: string; line: number; extension: string; deviceId: string | undefined };

/** What a proxy does with the registrations of one PBX (design: "What each operation does"), last write wins. */
export const createRegistrations = () => {
  const rows = new Map<string, Registration>();
  const keyOf = (token: string, line: number) => `${token} ${line}`;
  const drop = (holds: (row: Registration) => boolean) => {
    for (const [key, row] of rows) if (holds(row)) rows.delete(key);
  };

  return {
    apply: ({ operation, request }: Change): void => {
      if (operation === 'register') {
        const { token, line = 1, extension, deviceId } = request;
        rows.set(keyOf(token, line), { token, line, extension, deviceId });
      } else if (operation === 'update') {
        const { oldToken, newToken } = request;
        if (oldToken === newToken) return;
        for (const [key, row] of [...rows]) {
          if (row.token !== oldToken) continue;
          const moved = keyOf(newToken, row.line);
          if (!rows.has(moved)) rows.set(moved, { ...row, token: newToken });
          rows.delete(key);
        }
      } else if ('token' in request) {
        drop((row) => row.token === request.token && (request.line ?? row.line) === row.line);
      } else {
        const { extension, deviceId, fingerprint } = request;
        drop(
          (row) =>
            row.extension === extension &&
            (deviceId === undefined || row.deviceId === deviceId) &&
            (fingerprint === undefined || fingerprintOf(row.token) === fingerprint),
        );
      }
    },
    knows: (token: string) => [...rows.values()].some((row) => row.token === token),
    state: () => Object.fromEntries([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
};
