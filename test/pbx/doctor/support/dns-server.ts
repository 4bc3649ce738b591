import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Closing } from './closing.ts';

/**
 * The answer to one kind of question:
 *
 * - addresses of that kind, perhaps none
 * - `silent`: never comes; `alias`: a name that has no address; `truncated`: to be asked for by TCP, where nothing listens
 * - what else there is: its response code (RFC 1035 4.1.1)
 */
type Answer = readonly string[] | 'silent' | 'alias' | 'truncated' | 'servfail' | 'nxdomain' | 'refused';

/** Read anew for each question. `ttl` is in seconds, 60 by default. */
type DnsAnswers = { a: Answer; aaaa: Answer; ttl?: number };

/**
 * - an address, or several: the answer to A; to AAAA there is none
 * - `no-aaaa`: answers A, never AAAA
 * - `slow`: answers after 600 ms; `late-a`: to AAAA ::1 at once, to A after 150 ms
 * - what else there is: the answer to both
 */
export type DnsMode =
  | { addresses: string[] }
  | DnsAnswers
  | 'no-aaaa'
  | 'slow'
  | 'late-a'
  | (Answer & string);

const codes: Readonly<Record<string, number>> = { servfail: 2, nxdomain: 3, refused: 5 };
const types = { a: 1, alias: 5, aaaa: 28 };
const truncated = 0x200;

const answersOf = (mode: DnsMode): DnsAnswers => {
  if (typeof mode === 'object') return 'addresses' in mode ? { a: mode.addresses, aaaa: [] } : mode;
  const a = ['127.0.0.1'];
  if (mode === 'no-aaaa') return { a, aaaa: 'silent' };
  if (mode === 'slow') return { a, aaaa: [] };
  if (mode === 'late-a') return { a, aaaa: ['::1'] };
  return { a: mode, aaaa: mode };
};

const lateMs = (mode: DnsMode, isA: boolean): number =>
  mode === 'slow' ? 600 : mode === 'late-a' && isA ? 150 : 0;

const bytesOf = (address: string): number[] => {
  if (!isIPv6(address)) return address.split('.').map(Number);
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return [...Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')];
};

const recordsOf = (answer: Answer, isA: boolean): { type: number; data: number[] }[] => {
  // The name `a`.
  if (answer === 'alias') return [{ type: types.alias, data: [1, 97, 0] }];
  if (typeof answer === 'string') return [];
  return answer.map((address) => ({ type: isA ? types.a : types.aaaa, data: bytesOf(address) }));
};

/** Undefined where there is none. */
const replyTo = (query: Buffer, mode: DnsMode): { reply: Buffer; afterMs: number } | undefined => {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === types.a;
  const { a, aaaa, ttl = 60 } = answersOf(mode);
  const answer = isA ? a : aaaa;
  if (answer === 'silent') return undefined;
  const records = recordsOf(answer, isA);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (codes[String(answer)] ?? 0) | (answer === 'truncated' ? truncated : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const held = Buffer.alloc(4);
  held.writeUInt32BE(ttl);
  const written = records.map(({ type, data }) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, ...held, 0, data.length, ...data]),
  );
  return {
    reply: Buffer.concat([header, query.subarray(12, end), ...written]),
    afterMs: lateMs(mode, isA),
  };
};

/** A resolver on an address of loopback. Gives its port. */
export const startDns = async (
  closing: Closing,
  mode: DnsMode,
  at: { address?: string; port?: number } = {},
): Promise<number> => {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const found = replyTo(query, mode);
    if (found === undefined) return;
    const send = () => socket.send(found.reply, port, address, () => undefined);
    if (found.afterMs > 0) setTimeout(send, found.afterMs);
    else send();
  });
  socket.bind(at.port ?? 0, at.address ?? '127.0.0.1');
  await once(socket, 'listening');
  closing.add(() => {
    socket.close();
  });
  return socket.address().port;
};
