import { createHash } from 'node:crypto';

/** Namespaces of UUIDs that are made from what a PBX names: random UUIDs, fixed for good. */
const callNamespace = Buffer.from('b862c38c73e54796b98ce2ffad9ae993', 'hex');
const messageNamespace = Buffer.from('1b985721c622459ab2b4bd33229f557c', 'hex');

/** A version 5 UUID (RFC 9562, section 5.5): the same name at the same PBX gives the same one, on every retry. */
const uuidOf = (namespace: Buffer, pbxId: string, name: string): string => {
  const bytes = createHash('sha1').update(namespace).update(`${pbxId}\n${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

export const uuidOfCall = (pbxId: string, callId: string): string => uuidOf(callNamespace, pbxId, callId);

export const uuidOfMessage = (pbxId: string, messageId: string): string =>
  uuidOf(messageNamespace, pbxId, messageId);
