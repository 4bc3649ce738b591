/** What decides how large the INVITE to a phone is, in bytes. */
export type InviteShape = {
  /** The endpoint's `allow`, in Asterisk's names. */
  codecs: readonly string[];
  ice: boolean;
  encryption: 'none' | 'sdes' | 'dtls';
  /** RTP and RTCP share a port. */
  rtcpMux: boolean;
  contact: string;
  /** Of the PBX: ICE offers each. */
  addresses: readonly string[];
};

export type InviteSize = {
  /** From a caller who offers sound alone. */
  voice: number;
  /** From one who offers a picture too; absent where the endpoint allows none. */
  video?: number;
};

/**
 * Headers and session, without what is counted below. INVITEs of Asterisk 22 were 880 to 2,290 B long with a short
 * address of the PBX, to which `X-PNS-Call-UUID` (55 B) comes; 940 B with one codec is what calls to it measured.
 */
const fixed = 870;

const videoCodecs = /^(h26\d|h263p|mpeg4|vp[89]|av1|jpeg)$/;
/** These have a number of their own in RTP (RFC 3551); the others' are longer. */
const numbered = new Set(['ulaw', 'alaw', 'gsm', 'g722', 'g729', 'g723', 'adpcm', 'lpc10']);
const codecLine = 24;
const dynamicCodecLine = 31;

/** Two lines for DTMF at each further clock rate. */
const dtmfLines = 57;
const rates: Readonly<Record<string, number>> = {
  opus: 48_000,
  siren7: 16_000,
  siren14: 32_000,
  amrwb: 16_000,
};
const rateOf = (codec: string): number => {
  const [, kilohertz] = /^(?:slin|speex|silk)(12|16|24|32|44|48|96|192)$/.exec(codec) ?? [];
  return kilohertz === undefined ? (rates[codec] ?? 8_000) : Number(kilohertz) * 1_000;
};

const videoHead = 35;
const keyLines = { none: 0, sdes: 85, dtls: 165 } as const;
/** ufrag and pwd, and for each address and component a candidate of this many bytes beside the address. */
const iceHead = 90;
const candidate = 56;

export const estimateInvite = (shape: InviteShape): InviteSize => {
  const { codecs, ice, encryption, rtcpMux, contact, addresses } = shape;
  const perComponent = addresses.reduce((sum, address) => sum + candidate + address.length, 0);
  const perStream = keyLines[encryption] + (ice ? iceHead + perComponent * (rtcpMux ? 1 : 2) : 0);
  const lineOf = (codec: string): number => (numbered.has(codec) ? codecLine : dynamicCodecLine);
  const linesOf = (some: readonly string[]): number => some.reduce((sum, codec) => sum + lineOf(codec), 0);

  const pictures = codecs.filter((codec) => videoCodecs.test(codec));
  const sounds = codecs.filter((codec) => !videoCodecs.test(codec));
  const further = new Set(sounds.map(rateOf).filter((rate) => rate !== 8_000));
  // The contact is the request's URI and stands, without its port, in To.
  const named = contact.length * 2 - 6;
  const voice = fixed + named + linesOf(sounds) + further.size * dtmfLines + perStream;
  if (pictures.length === 0) return { voice };
  return { voice, video: voice + videoHead + linesOf(pictures) + perStream };
};
