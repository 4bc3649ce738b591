import type { Client, Device } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import { visible } from '../visible.ts';
import { CommandError } from './failure.ts';
import { explainCode, explainReason } from './reasons.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const columns = {
  FINGERPRINT: ({ fingerprint }) => fingerprint,
  PLATFORM: ({ platform, environment }) => (environment === 'sandbox' ? `${platform} (sandbox)` : platform),
  DEVICE: ({ deviceId }) => deviceId,
  NAME: ({ deviceName }) => deviceName,
  APP: ({ app }) => app,
  LINE: ({ line }) => String(line),
  REGISTERED: ({ registeredAt }) => registeredAt,
  REFUSED: ({ disabledAt }) => disabledAt,
  REASON: ({ disabledReason }) => disabledReason,
} satisfies Record<string, (device: Device) => string | undefined>;

const explanations = (devices: readonly Device[]): string[] => {
  const reasons = new Set(devices.flatMap(({ disabledReason }) => disabledReason ?? []));
  return [...reasons].map((reason) => `${reason}: ${explainReason(reason)}`);
};

/** What a refused request of the client library's comes to, in words. */
const proxyFailure = (error: unknown): CommandError => {
  const code = error instanceof PnsProxyError ? error.code : 'internal';
  return new CommandError(`the proxy was asked in vain (${visible(code)}): ${explainCode(code)}`, {
    cause: error,
  });
};

/** `pns devices EXT` */
export const showDevices = async (
  client: Pick<Client, 'devices'>,
  extension: string,
  { json = false }: { json?: boolean },
  terminal: Terminal,
): Promise<number> => {
  const result = await client.devices(extension).catch((error: unknown) => {
    throw proxyFailure(error);
  });
  if (json) {
    terminal.out(JSON.stringify(result, undefined, 2));
  } else if (result.devices.length === 0) {
    terminal.note(`no phone is registered for ${visible(extension)}: log the app in on one`);
  } else {
    terminal.out(formatTable(columns, result.devices));
    for (const line of explanations(result.devices)) terminal.note(line);
  }
  return 0;
};
