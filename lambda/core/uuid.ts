import { createHash } from 'node:crypto';

/** The namespace of call UUIDs that are made from a call ID: a random UUID, fixed for good. */
const callNamespace = Buffer.from('b862c38c73e54796b98ce2ffad9ae993', 'hex');

/** A version 5 UUID (RFC 9562, section 5.5): the same call at the same PBX gives the same one, on every retry. */
export const uuidOfCall = (pbxId: string, callId: string): string => {
  const bytes = createHash('sha1')
    .update(callNamespace)
    .update(`${pbxId}\n${callId}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
