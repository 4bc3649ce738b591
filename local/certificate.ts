import { generate } from 'selfsigned';

/** A TLS server's key and certificate, both PEM. The certificate is its own issuer: clients take it as their `ca`. */
export type Certificate = { key: string; cert: string };

/** Makes a certificate for 127.0.0.1 and localhost (EC P-256), good for a year. */
export const createCertificate = async (): Promise<Certificate> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { key, cert };
};
