import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** What a test has started: the last is ended first. */
export const createClosing = () => {
  const ends: (() => Promise<unknown> | unknown)[] = [];
  return {
    add: (end: () => Promise<unknown> | unknown) => void ends.push(end),
    /** Listens on loopback, and gives the port. */
    listen: async (server: Server, port = 0): Promise<number> => {
      const sockets = new Set<Socket>();
      server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      ends.push(async () => {
        if (!server.listening) return;
        const closed = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      return address.port;
    },
    close: async () => {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
};
export type Closing = ReturnType<typeof createClosing>;
