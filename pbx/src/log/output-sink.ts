import { setTimeout as delay } from 'node:timers/promises';
import { closingMs, mostWaitingBytes, type Sink, type SinkOptions } from './sink.ts';

/**
 * Standard output. Node writes to pipes and sockets without waiting for their readers, so one that hangs costs lines
 * alone. (A write of `node:fs` would hold a thread, and with it the end of the process.)
 */
export const createOutputSink = ({ onTrouble, onLost }: SinkOptions): Sink => {
  const { stdout } = process;
  let lost = 0;
  const onDrain = () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) onLost(lines);
  };
  stdout.on('drain', onDrain);
  // Else a reader that has gone would end pns.
  stdout.on('error', onTrouble);

  return {
    write: (line) => {
      if (stdout.destroyed || stdout.writableLength > mostWaitingBytes) lost++;
      else stdout.write(line);
    },
    reopen: () => {},
    close: async () => {
      stdout.off('drain', onDrain);
      if (stdout.destroyed || stdout.writableLength === 0) return;
      const written = new Promise<void>((resolve) => stdout.write('', () => resolve()));
      await Promise.race([written, delay(closingMs, undefined, { ref: false })]);
    },
  };
};
