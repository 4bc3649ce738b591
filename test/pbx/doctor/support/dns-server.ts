import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Closing } from './closing.ts';

/**
 * - an address, or several: the answer to A; to AAAA there is none
 * - `silent`: never answers; `no-aaaa`: answers A, never AAAA
 * - `slow`: answers after 600 ms; `late-a`: to AAAA ::1 at once, to A after 150 ms
 * - what else there is: its response code (RFC 1035 4.1.1)
 */
export type DnsMode =
  | { addresses: string[] }
  | 'silent'
  | 'no-aaaa'
  | 'slow'
  | 'late-a'
  | 'servfail'
  | 'nxdomain'
  | 'refused';

const codes: Readonly<Record<string, number>> = { servfail: 2, nxdomain: 3, refused: 5 };
const typeA = 1;

const answerTo = (query: Buffer, code: number, addresses: readonly string[]): Buffer => {
  let end = 12;
  while (query[end] !== 0) end += (query[end] ?? 0) + 1;
  end += 5;
  const isA = query.readUInt16BE(end - 4) === typeA;
  const records = isA && code === 0 ? addresses : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const answers = records.map((address) =>
    Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, query.subarray(12, end), ...answers]);
};

/** ::1, for a minute. */
const loopbackAnswer = (query: Buffer): Buffer => {
  const empty = answerTo(query, 0, []);
  empty.writeUInt16BE(1, 6);
  const record = [0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, ...Array.from({ length: 15 }, () => 0), 1];
  return Buffer.concat([empty, Buffer.from(record)]);
};

const reply = (socket: Socket, mode: DnsMode, query: Buffer, port: number, address: string): void => {
  const isA = query.readUInt16BE(query.indexOf(0, 12) + 1) === typeA;
  if (mode === 'silent' || (mode === 'no-aaaa' && !isA)) return;
  const addresses = typeof mode === 'object' ? mode.addresses : ['127.0.0.1'];
  const code = typeof mode === 'object' ? 0 : (codes[mode] ?? 0);
  const send = () => socket.send(answerTo(query, code, addresses), port, address, () => undefined);
  const lateMs = mode === 'slow' ? 600 : mode === 'late-a' && isA ? 150 : 0;
  if (mode === 'late-a' && !isA) socket.send(loopbackAnswer(query), port, address, () => undefined);
  else if (lateMs > 0) setTimeout(send, lateMs);
  else send();
};

/** A resolver on an address of loopback. Gives its port. */
export const startDns = async (
  closing: Closing,
  mode: DnsMode,
  at: { address?: string; port?: number } = {},
): Promise<number> => {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => reply(socket, mode, query, from.port, from.address));
  socket.bind(at.port ?? 0, at.address ?? '127.0.0.1');
  await once(socket, 'listening');
  closing.add(() => {
    socket.close();
  });
  return socket.address().port;
};
