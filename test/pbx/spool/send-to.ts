import { connect } from 'node:net';
import { PnsProxyError } from 'pns-proxy-client';
import type { Send } from '../../../pbx/src/spool/delivery.ts';

/**
 * Hands requests to an endpoint in a single try each, and fails as the client library does. By node:net, since a
 * process that is killed soon after its start starts in half the time without node:http.
 */
export const sendTo =
  (url: string): Send =>
  (entry, signal) =>
    new Promise((resolve, reject) => {
      const { hostname, port, host } = new URL(url);
      const refuse = (code: string, retryable: boolean, unknown: boolean, status?: number) =>
        reject(new PnsProxyError(`failed with ${code}`, { code, retryable, unknown, attempts: 1, status }));
      const body = JSON.stringify(entry.request);
      const socket = connect({ host: hostname, port: Number(port), signal });
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', (error: NodeJS.ErrnoException) =>
        refuse(signal.aborted ? 'aborted' : 'network', true, error.code !== 'ECONNREFUSED'),
      );
      socket.on('end', () => {
        const [head = '', answer = ''] = text.split('\r\n\r\n');
        const status = Number(head.split(' ')[1]);
        if (Number.isNaN(status)) return refuse('network', true, true);
        if (status === 200) return resolve(undefined);
        const { code } = JSON.parse(answer) as { code?: string };
        refuse(code ?? `gateway-${status}`, status >= 500 || status === 429, status >= 500, status);
      });
      socket.write(
        `POST /${entry.operation} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
