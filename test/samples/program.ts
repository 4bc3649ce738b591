import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Program = {
  /** Writes a line, and gives the line that comes back. */
  ask(line: string): Promise<string>;
  close(): Promise<void>;
};

/** A sample with its main around it: it answers each line with one. */
export const startProgram = (file: string, args: readonly string[]): Program => {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const faults: string[] = [];
  child.stderr.on('data', (text) => faults.push(String(text)));
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${file} ended: ${faults.join('')}`));
      resolve();
    };
    child.once('close', end);
    child.once('error', (error) => {
      faults.push(error.message);
      end();
    });
  });
  child.stdin.on('error', () => {});
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null) return reject(new Error(`${file} has ended: ${faults.join('')}`));
        waiting.push({ resolve, reject });
        child.stdin.write(`${line}\n`);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
