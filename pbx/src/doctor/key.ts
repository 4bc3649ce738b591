import type { Context } from './context.ts';
import { codeOf } from './exchange.ts';
import type { Finding } from './finding.ts';

/** A read of an extension that need not be there. */
const harmless = 'pns-doctor';

const replace =
  'It was revoked, or belongs to another deployment: have a new one made (`pns-admin keys add`), put it into KEY or KEY_FILE, then `pns reload`.';

/** Whether the endpoint takes the key. Nothing but its public part is shown. */
export const checkKey = async (context: Context): Promise<Finding[]> => {
  // The name under which `pns-admin keys list` shows it. The settings take nothing else than a well-formed key.
  const [, keyId = ''] = context.settings.key.split('_');
  const fault = (what: string, remedy: string, details: object): Finding[] => [
    { check: 'key', level: 'fault', what, remedy, details: { keyId, ...details } },
  ];
  const { ask } = await context.reach();
  if (ask === undefined) {
    return [
      {
        check: 'key',
        level: 'skipped',
        what: 'the endpoint could not be asked about the key',
      },
    ];
  }
  const path = `/devices?extension=${encodeURIComponent(context.extension ?? harmless)}`;
  try {
    const { status } = await ask(path);
    if (status === 200) return [{ check: 'key', level: 'ok', what: `the endpoint takes the key ${keyId}` }];
    if (status === 403) return fault(`the endpoint refuses the key ${keyId} (HTTP 403)`, replace, { status });
    if (status === 401) {
      const remedy = 'A proxy in between takes the Authorization header away: exempt the endpoint from it.';
      return fault('the key does not arrive at the endpoint (HTTP 401)', remedy, { status });
    }
    if (status === 429) {
      const what = 'the endpoint has too many requests at the moment (HTTP 429)';
      return [
        { check: 'key', level: 'warning', what, remedy: 'Try again in a minute.', details: { status } },
      ];
    }
    return fault(`the endpoint cannot check the key (HTTP ${status})`, 'Tell whoever runs the endpoint.', {
      status,
    });
  } catch (error) {
    const failure = codeOf(error);
    const remedy = 'Try again in a minute; if it stays, tell whoever runs the endpoint.';
    return fault(`the endpoint gives no answer about the key ${keyId} (${failure})`, remedy, { failure });
  }
};
