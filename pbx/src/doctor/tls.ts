import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect, getCACertificates, type PeerCertificate, type TLSSocket } from 'node:tls';
import { hostOf } from '../address.ts';
import { trustedWith } from '../proxy/proxy-client.ts';
import type { Settings } from '../settings/settings.ts';
import { codeOf } from './exchange.ts';

export type Certificate = {
  /** Why it is not trusted, a code of OpenSSL's or Node's. */
  problem?: string;
  issuer: string;
  /** The hosts that it is for. */
  names: readonly string[];
  /** Epoch milliseconds. */
  validFrom: number;
  validTo: number;
};

const timeoutMs = 2_500;

/** As the daemon trusts: Node's own and those of CA_FILE. */
export const trusted = ({ caFile }: Settings): { ca: string[]; failure?: string } => {
  const own = getCACertificates('default');
  if (caFile === undefined) return { ca: own };
  try {
    return { ca: trustedWith(caFile) };
  } catch (error) {
    return { ca: own, failure: codeOf(error) };
  }
};

/**
 * Speaks TLS on an open connection, and goes on whatever the certificate is, so that it can be told what is wrong
 * with it. Nothing secret may be sent before that is known.
 *
 * @throws where it comes to no handshake; with code `ETIMEDOUT` once the time has passed
 */
export const handshake = async (
  connection: Socket,
  settings: Settings,
): Promise<{ socket: TLSSocket; certificate: Certificate }> => {
  const host = hostOf(new URL(settings.pushUrl));
  const socket = connect({
    socket: connection,
    host,
    // RFC 6066 3: an address is no server name.
    servername: isIP(host) === 0 ? host : '',
    ca: trusted(settings).ca,
    rejectUnauthorized: false,
  });
  const late = AbortSignal.timeout(timeoutMs);
  try {
    await once(socket, 'secureConnect', { signal: late });
  } catch (cause) {
    socket.destroy();
    if (!late.aborted) throw cause;
    throw Object.assign(new Error('no TLS handshake in time', { cause }), { code: 'ETIMEDOUT' });
  }
  // What fails later fails whoever reads or writes then.
  socket.on('error', () => undefined);
  return { socket, certificate: describe(socket.getPeerCertificate(), socket.authorizationError) };
};

/** Node's types say Error; it is the error's code. */
const describe = (peer: PeerCertificate, problem: Error | string | null): Certificate => ({
  ...(problem && { problem: typeof problem === 'string' ? problem : codeOf(problem) }),
  issuer: [peer.issuer?.O, peer.issuer?.CN].filter(Boolean).map(String).join(', ') || 'nobody named',
  names: peer.subjectaltname?.replaceAll(/(DNS|IP Address):/g, '').split(', ') ?? [
    String(peer.subject?.CN ?? 'nobody'),
  ],
  validFrom: Date.parse(peer.valid_from),
  validTo: Date.parse(peer.valid_to),
});
