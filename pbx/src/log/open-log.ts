import { pino } from 'pino';
import type { Settings } from '../settings/settings.ts';
import { createFileSink } from './file-sink.ts';
import { formatLine } from './line-format.ts';
import type { Log } from './log.ts';
import { createOutputSink } from './output-sink.ts';
import { redact } from './redact.ts';
import type { Sink } from './sink.ts';

export type LogSettings = Pick<Settings, 'logFile' | 'logLevel' | 'logFormat'>;

export type OpenLog = {
  log: Log;
  /** Opens the file anew, for SIGUSR1. One that was renamed or removed is noticed within a second even without. */
  reopen(): void;
  /** Goes on with other settings. */
  change(settings: LogSettings): void;
  /** Resolves once all is written, two seconds at most. */
  close(): Promise<void>;
};

const complainOnStderr = (complaint: string): void => void process.stderr.write(`pns: ${complaint}\n`);

/**
 * A log that is in nobody's way: neither `log` nor the rest throws or waits. While it cannot be written, at the start
 * too, 1 MiB of lines waits and further ones are dropped; once it can be again, `log_lines_lost` tells how many.
 *
 * @param complain is told, in one line, that the log cannot be written. @default standard error tells
 */
export const openLog = (settings: LogSettings, complain = complainOnStderr): OpenLog => {
  let format = settings.logFormat;
  let path = settings.logFile;
  // Else one that cannot be written would end pns.
  process.stderr.on('error', () => {});

  const open = (): Sink => {
    const isOutput = path === '-';
    const name = isOutput ? 'to standard output' : path;
    const options = {
      onTrouble: (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : error;
        complain(`the log ${name} cannot be written (${code}); pns goes on and tries again`);
      },
      onLost: (lines: number) => log('warn', 'log_lines_lost', { lines }),
    };
    return isOutput ? createOutputSink(options) : createFileSink(path, options);
  };
  let sink = open();
  let former = Promise.resolve();

  const logger = pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (json: string) => sink.write(formatLine(json, format)) },
  );
  const log: Log = (level, event, fields) => logger[level]({ event, ...redact(fields ?? {}) });

  return {
    log,
    reopen: () => sink.reopen(),
    change: ({ logFile, logLevel, logFormat }) => {
      logger.level = logLevel;
      format = logFormat;
      if (logFile === path) return;
      path = logFile;
      const closed = sink.close();
      former = former.then(() => closed);
      sink = open();
    },
    close: async () => {
      await Promise.all([former, sink.close()]);
    },
  };
};
