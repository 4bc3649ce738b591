import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { closingMs, mostWaitingBytes, type Sink, type SinkOptions } from './sink.ts';

/** O_NONBLOCK, since a pipe without a reader would hold a thread. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** After a failure, and between looks whether the file has been renamed. */
const pauseMs = 1_000;
const newline = 0x0a;

type OpenFile = { handle: FileHandle; dev: number; ino: number };

const openFile = async (path: string): Promise<OpenFile> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  const handle = await open(path, flags, 0o640);
  const { dev, ino } = await handle.stat();
  return { handle, dev, ino };
};

const isInPlace = async (path: string, { dev, ino }: OpenFile): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  return found?.ino === ino && found.dev === dev;
};

/** What is left of these lines behind `offset`, from the start of a line that was cut there. */
const remainder = (lines: Buffer, offset: number): Buffer => {
  if (offset === 0 || lines[offset - 1] === newline) return lines.subarray(offset);
  return Buffer.concat([Buffer.of(newline), lines.subarray(lines.lastIndexOf(newline, offset - 1) + 1)]);
};

/**
 * Appends to a file, in the order of `write`. What cannot be written waits, to a limit, and is tried again each second
 * with the file opened anew; a file that was renamed or removed gets a new one. sonic-boom, which pino brings, does
 * not go on where a file cannot be opened: its `write` throws, and a failed `reopen` later closes descriptors of others.
 */
export const createFileSink = (path: string, { onTrouble, onLost }: SinkOptions): Sink => {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let chunk: Buffer = Buffer.alloc(0);
  let lost = 0;
  let failing = false;
  let file: OpenFile | undefined;
  let lookedAt = 0;
  let isToReopen = false;
  let closing = false;
  let wake = new AbortController();
  let isDraining = false;
  let draining: Promise<void> | undefined;

  const closeFile = async (): Promise<void> => {
    const closed = file;
    file = undefined;
    await closed?.handle.close().catch(() => {});
  };

  const current = async (): Promise<FileHandle> => {
    const now = performance.now();
    const isDue = now - lookedAt >= pauseMs;
    if (isDue) lookedAt = now;
    if (isToReopen || (file !== undefined && isDue && !(await isInPlace(path, file)))) await closeFile();
    isToReopen = false;
    file ??= await openFile(path);
    return file.handle;
  };

  const writeWaiting = async (): Promise<void> => {
    if (chunk.length === 0) {
      chunk = Buffer.from(waiting.join(''));
      waiting = [];
      waitingBytes = 0;
    }
    const handle = await current();
    let offset = 0;
    try {
      while (offset < chunk.length) offset += (await handle.write(chunk, offset)).bytesWritten;
    } finally {
      chunk = remainder(chunk, offset);
    }
  };

  const recover = (): void => {
    const lines = lost;
    [failing, lost] = [false, 0];
    if (lines > 0) onLost(lines);
  };

  const fail = async (error: unknown): Promise<void> => {
    if (!failing) onTrouble(error);
    failing = true;
    await closeFile();
    wake = new AbortController();
    if (!closing) await delay(pauseMs, undefined, { ref: false, signal: wake.signal }).catch(() => {});
  };

  const drain = async (): Promise<void> => {
    isDraining = true;
    while ((chunk.length > 0 || waiting.length > 0) && !(closing && failing)) {
      await writeWaiting().then(recover, fail);
    }
    isDraining = false;
  };

  return {
    write: (line) => {
      const bytes = Buffer.byteLength(line);
      if (chunk.length + waitingBytes + bytes > mostWaitingBytes) {
        lost++;
        return;
      }
      waiting.push(line);
      waitingBytes += bytes;
      if (!isDraining) draining = drain();
    },
    reopen: () => {
      isToReopen = true;
      wake.abort();
    },
    close: async () => {
      closing = true;
      wake.abort();
      await Promise.race([draining, delay(closingMs, undefined, { ref: false })]);
      await closeFile();
    },
  };
};
