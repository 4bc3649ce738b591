import type { Complaint } from './contract.ts';

type Tell = (text: unknown) => string | undefined;

/** What may be told of texts that somebody else wrote; undefined where nothing may. */
export type Telling = { code: Tell; requestId: Tell; prose: Tell };

/**
 * Passes on what has the form of a code or an ID, and prose that quotes no secret: what answered may be an echo. A code
 * has no room for a key or token, an ID none for a token.
 */
export const tellingOf = (key: string, secrets: readonly string[]): Telling => ({
  code: (text) => formed(text, /^[a-z][a-z0-9-]{0,39}$/),
  requestId: (text) => without([key], formed(text, /^[\x21-\x7e]{1,63}$/)),
  prose: (text) => without([key, ...secrets], formed(text, /^[^\p{Cc}]{1,500}$/u)),
});

const formed = (text: unknown, form: RegExp): string | undefined =>
  typeof text === 'string' && form.test(text) ? text : undefined;

const without = (secrets: readonly string[], text: string | undefined): string | undefined =>
  secrets.some((secret) => text?.includes(secret)) ? undefined : text;

/** What is wrong with a request, as far as it may be told. */
export const complaintsOf = (given: unknown, { prose }: Telling): Complaint[] => {
  if (!Array.isArray(given)) return [];
  return given.flatMap((one: Partial<Record<keyof Complaint, unknown>> | null) => {
    const path = one?.path === '' ? '' : prose(one?.path);
    const expected = prose(one?.expected);
    return path === undefined || expected === undefined ? [] : [{ path, expected }];
  });
};

/**
 * Node.js's message and code, which name at most a host. The rest stays behind: an error of its parser holds the bytes
 * of the answer, one of TLS the certificate. What has no code is of somebody else's making, and may say anything.
 */
export const causeOf = (error: Error & { code?: unknown; errors?: unknown }, { prose }: Telling): Error => {
  const { code } = error;
  if (typeof code !== 'string') return new Error(String(error.name));
  // One for each address that was tried.
  const errors: unknown[] = Array.isArray(error.errors) ? error.errors : [error];
  const message = errors.map((one) => (one instanceof Error ? one.message : '')).join('; ');
  return Object.assign(new Error(prose(message) ?? code), { code });
};
