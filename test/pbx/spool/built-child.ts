import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

/** `child.ts` in the way in which pns is packaged: two bundles side by side, the thread's called `spool-worker`. */
export const buildChild = async (dir: string): Promise<string> => {
  await build({
    entryPoints: { child: 'test/pbx/spool/child.ts', 'spool-worker': 'pbx/src/spool/spool-worker.ts' },
    outdir: dir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  return join(dir, 'child.js');
};

/** @param command what to run it through, for its limits */
export const startChild = (script: string, args: readonly string[], command: readonly string[] = []) => {
  const [program = '', ...rest] = [...command, process.execPath, script, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher();
  });
  return {
    lines,
    kill: () => child.kill('SIGKILL'),
    pid: child.pid,
    /** Resolves once it has written lines of which this holds. */
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (holds()) resolve();
        };
        watchers.add(look);
        look();
      }),
    /** Resolves to the exit code once all that it wrote has been read. */
    ended: new Promise<number | null>((resolve) => child.once('close', resolve)),
  };
};
