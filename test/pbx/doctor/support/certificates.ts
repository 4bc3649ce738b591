import { generate } from 'selfsigned';

export type Pem = { key: string; cert: string };

const ec = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const day = 24 * 60 * 60 * 1_000;

export const createCa = async (name: string): Promise<Pem> => {
  const { private: key, cert } = await generate(
    [
      { name: 'commonName', value: name },
      { name: 'organizationName', value: `${name} Ltd` },
    ],
    {
      ...ec,
      notBeforeDate: new Date(Date.now() - 30 * day),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    },
  );
  return { key, cert };
};

/** A server's certificate. Without a `ca` it is its own issuer. Times in milliseconds from now. */
export const createCertificate = async (
  host: string,
  options: { ca?: Pem; from?: number; to?: number } = {},
): Promise<Pem> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    ...ec,
    notBeforeDate: new Date(Date.now() + (options.from ?? -day)),
    notAfterDate: new Date(Date.now() + (options.to ?? day)),
    ...(options.ca && { ca: options.ca }),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  });
  return { key, cert };
};
