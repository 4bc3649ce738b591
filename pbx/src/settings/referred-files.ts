import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A file that pns.conf names, and that is not what it should be; the message completes "expected …". */
export class ReferredFileError extends Error {
  override readonly name = 'ReferredFileError';
}

const othersMayRead = 0o004;

export type FileText = {
  text: string;
  /** Every user of the machine may read it. */
  exposed: boolean;
};

const textOf = async (handle: FileHandle, most: number): Promise<FileText> => {
  const { mode, size } = await handle.stat().then((stat) => {
    if (!stat.isFile()) throw new ReferredFileError('a file');
    return stat;
  });
  if (size > most) throw new ReferredFileError(`a file of at most ${most} bytes`);
  return { text: await handle.readFile('utf8'), exposed: (mode & othersMayRead) !== 0 };
};

/**
 * @param most bytes
 * @throws ReferredFileError
 */
export const readText = async (path: string, most: number): Promise<FileText> => {
  let handle: FileHandle | undefined;
  try {
    // A pipe would keep it waiting for somebody to write.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await textOf(handle, most);
  } catch (cause) {
    if (cause instanceof ReferredFileError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new ReferredFileError(`a file that pns may read (${code})`, { cause });
  } finally {
    await handle?.close();
  }
};

/** Far more than the certificates of all known authorities take up. */
const mostCertificateBytes = 4 * 1024 * 1024;
const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws ReferredFileError unless the file holds certificates, and nothing that only looks like one */
export const checkCertificates = async (path: string): Promise<void> => {
  const { text } = await readText(path, mostCertificateBytes);
  const blocks = text.match(block) ?? [];
  try {
    for (const certificate of blocks) void new X509Certificate(certificate);
  } catch (cause) {
    throw new ReferredFileError('certificates in PEM that can be read', { cause });
  }
  if (blocks.length === 0) throw new ReferredFileError('a file with a certificate in PEM');
};
