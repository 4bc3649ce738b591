import type { SipEndpoint } from './ari.ts';
import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';
import type { RegisteredDevice, Registrations } from './registrations.ts';

/** The brand, or one of its model numbers: three letters, a dash, letters and digits (`ELS-NX9`). */
const huawei = /\b(?:huawei|honor)\b|\b[A-Z]{3}-(?:L|LX|NX|AN|AL|TN|TL|CL|W)\d{1,2}[A-Z]?\b/i;
const isHuawei = (text: string | undefined): boolean => text !== undefined && huawei.test(text);

const hms =
  'Google does not reach it. Have its app register a token of Huawei Push Kit, with platform hms, and whoever runs pns-proxy give the app its `huawei` side in the settings.';

/** Phones that no push reaches, among the extensions that are known or the one that the operator asks about. */
export const checkDevices = async (context: Context): Promise<Finding[]> => {
  const reading = await context.registrations();
  if (reading === undefined) {
    const what = 'no extension could be looked at';
    const remedy = 'Name one with --extension, or configure ARI, which knows them all.';
    return [{ check: 'devices', level: 'skipped', what, remedy }];
  }
  const { registrations, unread } = reading;
  const ari = await context.ari();
  const endpoints = ari === undefined || 'failure' in ari ? [] : ari.endpoints;
  const findings = [
    ...judgeUnread(unread),
    ...judgeNamed(context.extension, registrations, endpoints),
    ...judgeRefused(registrations),
    ...judgeHuawei(registrations),
    ...judgeWithoutToken(registrations, endpoints),
  ];
  if (findings.length > 0) return findings;
  const phones = [...registrations.values()].reduce((sum, devices) => sum + devices.length, 0);
  const known = context.extension === undefined ? endpoints.length : 1;
  const what = `${registrations.size} of ${known} extensions looked at, with ${phones} registrations for push`;
  return [
    {
      check: 'devices',
      level: 'ok',
      what,
      details: { extensions: registrations.size, registrations: phones },
    },
  ];
};

const isEnabled = ({ disabledAt }: RegisteredDevice): boolean => disabledAt === undefined;

const wakesAndroid = (device: RegisteredDevice): boolean =>
  isEnabled(device) && !device.platform.startsWith('apns');

const usesHuawei = (endpoints: readonly SipEndpoint[], extension: string): boolean =>
  endpoints.some(
    ({ id, aors }) =>
      id === extension && aors.some(({ contacts }) => contacts.some(({ userAgent }) => isHuawei(userAgent))),
  );

const judgeUnread = (unread: readonly string[]): Finding[] => {
  if (unread.length === 0) return [];
  return [
    {
      check: 'devices',
      level: 'warning',
      what: `the endpoint did not tell the phones of ${listed(unread)}`,
      remedy: 'Mend what the other checks found; if that is nothing, try again in a minute.',
      details: { unread },
    },
  ];
};

const judgeNamed = (
  extension: string | undefined,
  registrations: Registrations,
  endpoints: readonly SipEndpoint[],
): Finding[] => {
  if (extension === undefined || registrations.get(extension)?.length !== 0) return [];
  if (usesHuawei(endpoints, extension)) return [];
  return [
    {
      check: 'devices',
      level: 'fault',
      what: `no phone is registered for push as ${extension}`,
      remedy: `Have the app opened and logged in once. If nothing comes, pns.log has no "spooled" line for ${extension}: then the PBX does not forward the app's registration.`,
      details: { extension },
    },
  ];
};

const judgeRefused = (registrations: Registrations): Finding[] => {
  const refused = [...registrations]
    .filter(([, devices]) => devices.length > 0 && !devices.some(isEnabled))
    .map(([extension]) => extension);
  if (refused.length === 0) return [];
  return [
    {
      check: 'devices',
      level: 'warning',
      what: `every phone's token has been refused by its provider: ${listed(refused)}`,
      remedy:
        'The app was removed, or the phone was set up anew: have it opened and logged in again. `pns devices EXT` tells the reason for each.',
      details: { extensions: refused },
    },
  ];
};

const judgeHuawei = (registrations: Registrations): Finding[] => {
  const found = [...registrations].flatMap(([extension, devices]) =>
    devices
      .filter(({ platform, deviceName }) => platform === 'fcm' && isHuawei(deviceName))
      .map(({ fingerprint }) => ({ extension, fingerprint })),
  );
  if (found.length === 0) return [];
  const phones = found.map(({ extension, fingerprint }) => `${extension} (${fingerprint})`);
  return [
    {
      check: 'devices',
      level: 'warning',
      what: `Huawei or Honor phones registered through Google, which the newer ones are without: ${listed(phones)}`,
      remedy: `Try \`pns test-call EXT\`: if it stays silent, it has no Google services. ${hms}`,
      details: { phones: found },
    },
  ];
};

/** Without Google services an app gets no token, and so registers none. */
const judgeWithoutToken = (registrations: Registrations, endpoints: readonly SipEndpoint[]): Finding[] => {
  const extensions = [...registrations]
    .filter(([extension, devices]) => !devices.some(wakesAndroid) && usesHuawei(endpoints, extension))
    .map(([extension]) => extension);
  if (extensions.length === 0) return [];
  return [
    {
      check: 'devices',
      level: 'warning',
      what: `Huawei or Honor phones use SIP but have no push token, as without Google services: ${listed(extensions)}`,
      remedy: hms,
      details: { extensions },
    },
  ];
};
