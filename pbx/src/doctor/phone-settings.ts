import { BlockList, isIP } from 'node:net';
import { isOn, type SipEndpoint, settingOf } from './ari.ts';
import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';

type Aor = SipEndpoint['aors'][number];
type Phone = { extension: string; endpoint: SipEndpoint; aor: Aor };

/** The settings of pjsip that keep a woken phone from registering, or a call from reaching it. */
export const checkPhoneSettings = async (
  endpoints: readonly SipEndpoint[],
  context: Context,
): Promise<Finding[]> => {
  const registrations = (await context.registrations())?.registrations;
  if (registrations === undefined && context.extension === undefined) {
    const what = 'whose settings matter is not known: the endpoint could not be asked which phones are woken';
    return [{ check: 'sip', level: 'skipped', what }];
  }
  // Desk phones do not sleep.
  const isWoken = ({ id }: SipEndpoint) =>
    id === context.extension || (registrations?.get(id)?.length ?? 0) > 0;
  const phones: Phone[] = endpoints
    .filter(isWoken)
    .flatMap((endpoint) => endpoint.aors.map((aor) => ({ extension: endpoint.id, endpoint, aor })));
  const registering = phones.filter(({ aor }) => maxContacts(aor) > 0);
  const home = networksOf(context.ports.networks());
  return [
    group(
      phones.filter(({ aor }) => maxContacts(aor) === 0),
      'fault',
      'max_contacts=0: the REGISTER of a woken phone is refused',
      'Set max_contacts in the AOR to the number of phones, and remove_existing=yes.',
    ),
    group(
      registering.filter(({ aor }) => isFull(aor)),
      'warning',
      'max_contacts is reached and remove_existing=no: the REGISTER of a woken phone is refused (403) until its last contact expires',
      'Set remove_existing=yes in the AOR, and max_contacts to the number of phones.',
    ),
    group(
      registering.filter(
        ({ endpoint, aor }) => !isOn(endpoint.settings, 'rewrite_contact') && !isAtHome(aor, home),
      ),
      'warning',
      'rewrite_contact=no: behind NAT the phone registers, but the call does not reach it',
      'Set rewrite_contact=yes in the endpoint: calls then take the way by which the phone registered.',
    ),
    group(
      registering.filter(({ aor }) => Number(settingOf(aor.settings, 'qualify_frequency')) > 0),
      'warning',
      'qualify_frequency is set: a phone that slept counts as unreachable after it has registered, until it is next qualified',
      'Set qualify_frequency=0 in the AOR of phones that are woken by push.',
    ),
  ].flat();
};

const group = (
  phones: readonly Phone[],
  level: 'warning' | 'fault',
  what: string,
  remedy: string,
): Finding[] => {
  if (phones.length === 0) return [];
  const extensions = phones.map(({ extension }) => extension);
  return [{ check: 'sip', level, what: `${what}: ${listed(extensions)}`, remedy, details: { extensions } }];
};

const maxContacts = ({ settings }: Aor): number => Number(settingOf(settings, 'max_contacts'));

/** With one contact, it is full whenever the phone has registered from elsewhere before. */
const isFull = (aor: Aor): boolean =>
  !isOn(aor.settings, 'remove_existing') &&
  !isOn(aor.settings, 'remove_unavailable') &&
  (maxContacts(aor) === 1 || aor.contacts.length >= maxContacts(aor));

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const networksOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of ['127.0.0.0/8', '::1/128', ...networks]) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
};

/** RFC 1918, 6598 and 4193. */
const privateNetworks = networksOf([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
]);

/** All its contacts are where the PBX can reach them as they are: in its own networks, or in public ones. */
const isAtHome = ({ contacts }: Aor, home: BlockList): boolean =>
  contacts.length > 0 &&
  contacts.every(({ uri }) => {
    const [, host = ''] = /^sips?:(?:[^@]*@)?\[?([0-9a-f.:]+?)\]?(?::\d+)?(?:;|$)/i.exec(uri) ?? [];
    if (isIP(host) === 0) return false;
    return home.check(host, familyOf(host)) || !privateNetworks.check(host, familyOf(host));
  });
