import type { IncomingHttpHeaders } from 'node:http';

/** Headers as they are recorded: without `authorization`, and without HTTP/2's pseudo-headers. */
export const plainHeaders = ({ authorization: _, ...kept }: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(kept)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, String(value)]),
  );

/** Names of headers that were sent more than once: a header list is name, value, name, value … */
export const repeatedIn = (rawHeaders: readonly string[]): string[] => {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return names.filter((name, index) => names.indexOf(name) !== index);
};
