declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  type Params = {
    version: 'aes128gcm';
    /** The receiver's public key, and the secret that it shares with its senders: both base64url. */
    dh: string;
    authSecret: string;
    /** The sender's, with keys. */
    privateKey: ECDH;
    /** Base64url. @default - random */
    salt?: string;
  };

  export const encrypt: (plaintext: Buffer, params: Params) => Buffer;
}
