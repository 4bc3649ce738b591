import {
  type AriClient,
  AriRefusal,
  type Attributes,
  atOnce,
  contactId,
  createAriClient,
} from './ari-client.ts';
import type { Context } from './context.ts';
import { codeOf } from './exchange.ts';
import type { Finding } from './finding.ts';
import { inParallel } from './in-parallel.ts';

export type SipEndpoint = {
  id: string;
  settings: Attributes;
  /** `udp`, for example; undefined where the endpoint is not tied to a transport. */
  protocol?: string;
  aors: { id: string; settings: Attributes; contacts: { uri: string; userAgent?: string }[] }[];
};

export type AriReading =
  | { failure: { status?: number; isAri?: boolean; code?: string } }
  | {
      endpoints: SipEndpoint[];
      /** How many there was no time for. */
      unread: number;
      /** What is too large for UDP goes by UDP all the same. */
      tcpSwitchDisabled: boolean;
    };

const readingMs = 6_000;
const mostEndpoints = 1_000;

export const settingOf = (settings: Attributes, name: string): string =>
  settings.find(({ attribute }) => attribute === name)?.value ?? '';

/** Asterisk writes a setting that is on as `true` in some places, as `yes` in others. */
export const isOn = (settings: Attributes, name: string): boolean =>
  /^(yes|true|on|1)$/i.test(settingOf(settings, name));

/** Reads what pjsip knows of its endpoints, or of the one that the operator asks about. */
export const readAri = async ({ settings, extension, signal }: Context): Promise<AriReading | undefined> => {
  if (settings.ari === undefined) return undefined;
  const until = AbortSignal.any([signal, AbortSignal.timeout(readingMs)]);
  const client = createAriClient(settings, settings.ari, until);
  try {
    const all = await client.endpoints();
    const wanted = (extension === undefined ? all : all.filter((id) => id === extension)).slice(
      0,
      mostEndpoints,
    );
    const system = await client.object('system', 'system');
    const read = await inParallel(wanted, atOnce, until, (id) =>
      readEndpoint(client, id).catch(() => undefined),
    );
    const endpoints = read.filter((endpoint) => endpoint !== undefined);
    return {
      endpoints,
      unread: (extension === undefined ? all : wanted).length - endpoints.length,
      // Asterisk's default is yes; a [system] section under another name is not found.
      tcpSwitchDisabled: system === undefined || isOn(system, 'disable_tcp_switch'),
    };
  } catch (error) {
    if (error instanceof AriRefusal) return { failure: { status: error.status, isAri: error.isAri } };
    return { failure: { code: codeOf(error) } };
  } finally {
    client.close();
  }
};

const readEndpoint = async (client: AriClient, id: string): Promise<SipEndpoint | undefined> => {
  const settings = await client.object('endpoint', id);
  if (settings === undefined) return undefined;
  const aors: SipEndpoint['aors'] = [];
  for (const name of settingOf(settings, 'aors')
    .split(',')
    .map((aor) => aor.trim())
    .filter(Boolean)) {
    const aor = await client.object('aor', name);
    if (aor === undefined) continue;
    const contacts: SipEndpoint['aors'][number]['contacts'] = [];
    for (const { attribute, value: uri } of aor) {
      if (attribute !== 'contact' || uri === '') continue;
      const contact = await client.object('contact', contactId(name, uri));
      const userAgent = contact && settingOf(contact, 'user_agent');
      contacts.push({ uri, ...(userAgent && { userAgent }) });
    }
    aors.push({ id: name, settings: aor, contacts });
  }
  const transport = settingOf(settings, 'transport');
  const protocol = transport && settingOf((await client.object('transport', transport)) ?? [], 'protocol');
  return { id, settings, aors, ...(protocol && { protocol }) };
};

export const checkAri = async (context: Context): Promise<Finding[]> => {
  const reading = await context.ari();
  const { ari } = context.settings;
  if (reading === undefined || ari === undefined) {
    const what = 'ARI is not configured: the SIP settings were not looked at';
    return [
      {
        check: 'ari',
        level: 'skipped',
        what,
        remedy: 'Set ARI_URL, ARI_USER and ARI_PASSWORD_FILE in pns.conf.',
      },
    ];
  }
  const at = new URL(ari.url).host;
  if ('failure' in reading) {
    return [{ check: 'ari', level: 'fault', ...explain(at, reading.failure), details: reading.failure }];
  }
  const { endpoints, unread } = reading;
  const details = { read: endpoints.length, unread };
  if (unread > 0) {
    const what = `${at}: of ${endpoints.length + unread} PJSIP endpoints ${unread} could not be read in time`;
    const remedy = 'Name the extension that matters: `pns doctor --extension EXT`.';
    return [{ check: 'ari', level: 'warning', what, remedy, details }];
  }
  if (context.extension !== undefined && endpoints.length === 0) {
    const what = `there is no PJSIP endpoint ${context.extension}`;
    const remedy =
      'Compare the name with `pjsip show endpoints`: phones are registered for push under the same one.';
    return [{ check: 'ari', level: 'warning', what, remedy }];
  }
  return [{ check: 'ari', level: 'ok', what: `${at}: ${endpoints.length} PJSIP endpoints read`, details }];
};

const explain = (
  at: string,
  { status, isAri, code }: { status?: number; isAri?: boolean; code?: string },
): { what: string; remedy: string } => {
  if (status === 401 || status === 403) {
    return {
      what: `ARI at ${at} refuses the user or the password (HTTP ${status})`,
      remedy:
        'Compare ARI_USER and ARI_PASSWORD with the section of that name in ari.conf; `read_only=yes` is enough.',
    };
  }
  if (status === 404 && isAri) {
    return {
      what: `Asterisk at ${at} has no PJSIP endpoints`,
      remedy: 'If its phones are PJSIP, load chan_pjsip.so; otherwise take ARI_URL out of pns.conf.',
    };
  }
  if (status !== undefined) {
    return {
      what: `what answers at ${at} is not ARI, or ARI in trouble (HTTP ${status})`,
      remedy:
        'Set `enabled = yes` in ari.conf and http.conf, and compare ARI_URL with `ari show status` and the prefix in http.conf.',
    };
  }
  return {
    what: `ARI at ${at} cannot be reached (${code})`,
    remedy: 'Start Asterisk, or compare ARI_URL with bindaddr and bindport in http.conf.',
  };
};
