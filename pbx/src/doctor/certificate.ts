import { measureOffset, wrongSeconds } from './clock.ts';
import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';
import type { Reach } from './reach.ts';
import { type Certificate, trusted } from './tls.ts';

/** Verification ended at a certificate that nobody who is trusted has issued (OpenSSL's verify(1), by its X509_V_ERR_ names). */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
]);
const untimely = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

export const checkCertificate = async (context: Context): Promise<Finding[]> => {
  const { settings } = context;
  const { failure } = trusted(settings);
  if (failure !== undefined) {
    return [
      {
        check: 'certificate',
        level: 'fault',
        what: `CA_FILE, ${settings.caFile}, cannot be read (${failure})`,
        remedy: 'Correct CA_FILE, or let the user that pns runs as read the file.',
        details: { failure },
      },
    ];
  }
  const reach = await context.reach();
  if (reach.tls === undefined || 'failure' in reach.tls) {
    return [{ check: 'certificate', level: 'skipped', what: 'no certificate was seen' }];
  }
  return judge(reach.tls.certificate, new URL(settings.pushUrl).hostname, reach);
};

const day = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

const judge = (certificate: Certificate, host: string, reach: Reach): Finding[] => {
  const { problem, issuer, names, validFrom, validTo } = certificate;
  const dates = `valid ${day(validFrom)} to ${day(validTo)} UTC`;
  const details = { ...certificate };
  if (problem === undefined) {
    return [{ check: 'certificate', level: 'ok', what: `${host}, issued by ${issuer}, ${dates}`, details }];
  }
  const found = (what: string, remedy: string): Finding[] => [
    { check: 'certificate', level: 'fault', what, remedy, details },
  ];
  if (untrusted.has(problem)) {
    return found(
      `the certificate of ${host} is issued by ${issuer}, which is not trusted (${problem})`,
      `If that is your own firewall or proxy, it reads along: exempt ${host} from inspection, or put its CA certificate into CA_FILE. If you do not know the issuer, somebody is in between: go no further.`,
    );
  }
  if (problem === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return found(
      `the certificate is for ${listed(names, 3)}, not for ${host}`,
      'Compare PUSH_URL with what your provider gave you. If it is right, a resolver or a proxy leads to another server.',
    );
  }
  if (!untimely.has(problem)) {
    return found(
      `the certificate of ${host} is not accepted (${problem})`,
      'Tell whoever runs the endpoint.',
    );
  }
  const offset = measureOffset(reach);
  const then = Date.now() + (offset ?? 0);
  if (
    offset !== undefined &&
    Math.abs(offset) >= wrongSeconds * 1_000 &&
    validFrom <= then &&
    then <= validTo
  ) {
    const what = `${host}, ${dates}: refused for this machine's wrong clock alone`;
    return [{ check: 'certificate', level: 'skipped', what, details }];
  }
  return found(
    `the certificate of ${host} is ${dates}: ${problem === 'CERT_HAS_EXPIRED' ? 'expired' : 'not yet valid'} at ${day(Date.now())}`,
    "Compare this machine's clock (`timedatectl`). If it is right, tell whoever runs the endpoint.",
  );
};
