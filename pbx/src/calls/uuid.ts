import { createHmac } from 'node:crypto';

/**
 * The UUID of a call that the PBX names by its SIP Call-ID alone: the same on every retry, after a restart too. Made
 * with the key, since callers choose Call-IDs: no two PBXs share one, and none can be foreseen. Version 8 (RFC 9562,
 * section 5.8).
 */
export const uuidOfCallId = (key: string, callId: string): string => {
  const bytes = createHmac('sha256', key).update(callId).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
