import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Line = Record<string, unknown> & { event: string };

const sample = 'pbx/etc/pns.conf';

/** The sample configuration with these keys set in the place where it documents them. */
const configured = (values: Record<string, string | number>): string => {
  let text = readFileSync(sample, 'utf8');
  for (const [name, value] of Object.entries(values)) {
    const place = new RegExp(`^#?\\s*${name} =.*$`, 'm');
    if (!place.test(text)) throw new Error(`${sample} does not document ${name}`);
    text = text.replace(place, () => `${name} = ${value}`);
  }
  return text;
};

const fromSource: readonly [string, ...string[]] = [process.execPath, 'pbx/bin/pns.ts'];

/** `pns` as its own process, on a free port, its log read as it is written. */
export const createDaemon = (values: Record<string, string | number>, [file, ...args] = fromSource) => {
  const dir = mkdtempSync(join(tmpdir(), 'pns-'));
  const config = join(dir, 'pns.conf');
  const write = (changes: Record<string, string | number> = {}) =>
    writeFileSync(
      config,
      configured({
        PROXY_ADDRESS: '127.0.0.1:0',
        DATA_DIR: join(dir, 'data'),
        LOG_FILE: '-',
        ...values,
        ...changes,
      }),
    );
  write();

  const lines: Line[] = [];
  const watchers = new Set<(line: Line) => void>();
  let child: ChildProcess | undefined;
  let url = '';
  let errors = '';

  const until = (event: string, holds: (line: Line) => boolean = () => true): Promise<Line> =>
    new Promise((resolve) => {
      const watch = (line: Line) => {
        if (line.event !== event || !holds(line)) return;
        watchers.delete(watch);
        resolve(line);
      };
      watchers.add(watch);
    });

  return {
    dir,
    config,
    lines,
    write,
    until,
    url: () => url,
    pid: () => child?.pid,
    errors: () => errors,
    start: async (): Promise<void> => {
      const started = until('started');
      const own = spawn(file, [...args, '--config', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = own;
      own.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      createInterface({ input: own.stdout }).on('line', (text) => {
        const line = JSON.parse(text) as Line;
        lines.push(line);
        for (const watch of [...watchers]) watch(line);
      });
      const ended = once(own, 'exit').then(([code]) => {
        throw new Error(`pns ended with ${code}: ${errors}`);
      });
      const { address } = await Promise.race([started, ended]);
      ended.catch(() => {});
      url = `http://${address}`;
    },
    /** Ends it, and gives its exit code. */
    stop: async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null)
        return child?.exitCode ?? null;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
    signal: (signal: NodeJS.Signals) => child?.kill(signal),
    exited: async () => (child ? once(child, 'exit') : undefined),
    get: async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, text: (await response.text()).trimEnd() };
    },
    json: async (path: string, body?: unknown) => {
      const response = await fetch(`${url}${path}`, {
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    form: async (path: string, fields: Record<string, string>) => {
      const response = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(fields) });
      return { status: response.status, text: (await response.text()).trimEnd() };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

export type Daemon = ReturnType<typeof createDaemon>;
