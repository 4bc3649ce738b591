import { isOn, type SipEndpoint, settingOf } from './ari.ts';
import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';
import { estimateInvite, type InviteSize } from './invite-size.ts';
import { checkPhoneSettings } from './phone-settings.ts';

/** RFC 3261 18.1.1: what is longer must not go by UDP where the path's MTU is not known. */
const longestOnUdp = 1_300;

/** As apps with push register, where none is registered at the moment. */
const usualContact = 'sip:101@198.51.100.100:50600;ob;rinstance=0000000000000000';

export const checkSip = async (context: Context): Promise<Finding[]> => {
  const reading = await context.ari();
  if (reading === undefined || 'failure' in reading) return [];
  const phones = reading.endpoints.filter(takesRegistrations);
  const findings = [
    ...(reading.tcpSwitchDisabled ? tooLarge(phones, context.ports.networks()) : []),
    ...(await checkPhoneSettings(reading.endpoints, context)),
  ];
  if (findings.length > 0) return findings;
  const what = `${phones.length} phones' endpoints let a woken phone in and its call through`;
  return [{ check: 'sip', level: 'ok', what }];
};

/** A trunk's contact is in the configuration. */
const takesRegistrations = ({ aors }: SipEndpoint): boolean =>
  aors.some(({ settings }) => Number(settingOf(settings, 'max_contacts')) > 0);

const isUdp = (uri: string): boolean =>
  !uri.startsWith('sips:') && (/;transport=([a-z]+)/i.exec(uri)?.[1]?.toLowerCase() ?? 'udp') === 'udp';

/** The contact for whose INVITE UDP is used, the longest; undefined where there is none. */
const udpContact = ({ aors, protocol }: SipEndpoint): string | undefined => {
  const contacts = aors.flatMap((aor) => aor.contacts.map(({ uri }) => uri));
  if (contacts.length === 0) return protocol === 'udp' ? usualContact : undefined;
  return contacts.filter(isUdp).toSorted((a, b) => b.length - a.length)[0];
};

const sizeOf = ({ settings }: SipEndpoint, contact: string, networks: readonly string[]): InviteSize => {
  const encryption = settingOf(settings, 'media_encryption');
  return estimateInvite({
    codecs: settingOf(settings, 'allow').replace(/[()]/g, '').split(/[|,]/).filter(Boolean),
    ice: isOn(settings, 'ice_support'),
    encryption: encryption === 'sdes' || encryption === 'dtls' ? encryption : 'none',
    rtcpMux: isOn(settings, 'rtcp_mux'),
    contact,
    addresses: networks.map((network) => network.split('/')[0] ?? ''),
  });
};

const tooLarge = (phones: readonly SipEndpoint[], networks: readonly string[]): Finding[] => {
  const sized = phones.flatMap((phone) => {
    const contact = udpContact(phone);
    return contact === undefined ? [] : [{ extension: phone.id, ...sizeOf(phone, contact, networks) }];
  });
  const voice = sized.filter((one) => one.voice > longestOnUdp);
  const video = sized.filter((one) => one.voice <= longestOnUdp && (one.video ?? 0) > longestOnUdp);
  return [
    ...(voice.length > 0
      ? [
          warn(
            'a call',
            voice.map((one) => ({ ...one, bytes: one.voice })),
          ),
        ]
      : []),
    ...(video.length > 0
      ? [
          warn(
            'a video call',
            video.map((one) => ({ ...one, bytes: one.video ?? 0 })),
          ),
        ]
      : []),
  ];
};

const warn = (call: string, large: readonly { extension: string; bytes: number }[]): Finding => ({
  check: 'sip',
  level: 'warning',
  what: `the INVITE of ${call} is too large for UDP, by estimate: ${listed(
    large.map(({ extension, bytes }) => `${extension} (${bytes} B)`),
  )}`,
  remedy: `Above ${longestOnUdp} B a packet is fragmented and often lost: the phone wakes and does not ring. Have these phones use TCP or TLS; or set disable_tcp_switch=no under [system] in pjsip.conf and restart Asterisk; or allow fewer codecs, without ICE.`,
  details: { extensions: large },
});
