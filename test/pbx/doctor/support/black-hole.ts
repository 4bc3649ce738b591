import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Closing } from './closing.ts';

/** Listens and never accepts: once its backlog is full the kernel drops each further SYN, as a firewall does. */
const source = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** Gives a port of loopback that answers nothing. */
export const digBlackHole = async (closing: Closing): Promise<number> => {
  const worker = new Worker(source, { eval: true });
  closing.add(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  for (let filled = 0; filled < 2; filled += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    closing.add(() => socket.destroy());
    await once(socket, 'connect');
  }
  return port;
};
