import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type Child = {
  process: ChildProcess;
  /** Everything that it has written, for whoever looks for a fault. */
  output(): string;
  /** Resolves once a line of its output matches, with what matched; rejects where it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Is told of each line to come. */
  onLine(listener: (line: string) => void): void;
  close(): Promise<void>;
};

type Options = { environment?: Record<string, string>; cwd?: string; group?: true };

/** A program of somebody else's, which ends with the test: by SIGTERM, then by SIGKILL. */
export const startChild = (file: string, args: readonly string[], options: Options = {}): Child => {
  const { environment = {}, cwd, group } = options;
  const child = spawn(file, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(group && { detached: true }),
  });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const listener of [...listeners]) listener(line);
    });
  }
  const exited = once(child, 'exit');
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(group ? -child.pid : child.pid, signal);
  };
  const killNow = () => kill('SIGKILL');
  process.once('exit', killNow);

  return {
    process: child,
    output: () => lines.join('\n'),
    onLine: (listener) => void listeners.add(listener),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string) => {
          const found = pattern.exec(line);
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        lines.forEach(look);
        exited.then(() => reject(new Error(`${file} ended: ${lines.slice(-20).join('\n')}`)), reject);
      }),
    close: async () => {
      process.off('exit', killNow);
      kill('SIGTERM');
      const timer = setTimeout(killNow, 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
};
