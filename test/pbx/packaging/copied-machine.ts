import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

type Outcome = { code: number; output: string };

export type CopiedMachine = {
  /** Runs a shell script as the copy's root. */
  run(script: string): Promise<Outcome>;
  /** The output of a script that works. */
  output(script: string): Promise<string>;
  stop(): Promise<void>;
};

const tools = 'unshare nsenter setpriv ip dpkg adduser awk deb-systemd-helper'.split(' ');

/** What keeps this machine from being copied, in words. */
export const whyNoCopy = (): string | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root on Linux can copy the machine';
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`.split(':');
  const missing = tools.filter((tool) => !path.some((folder) => existsSync(join(folder, tool))));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (!existsSync('/lib/systemd/systemd')) return 'systemd is not installed';
  if (!/ cgroup2 rw/.test(readFileSync('/proc/mounts', 'utf8'))) return 'there is no cgroup2 to write to';
  try {
    execFileSync('unshare', ['--mount', '--pid', '--net', '--fork', 'true'], { stdio: 'pipe' });
  } catch {
    return 'root may make no namespaces here';
  }
  return undefined;
};

const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup'];
// The marker is not there before the copy is a place of its own: nothing must ever run on the real machine.
const onlyInTheCopy = 'cd / && test -e /run/pns-test-copy || exit 99; exec sh -ec "$1" 2>&1';

const runIn = (pid: number, script: string): Promise<Outcome> =>
  new Promise((resolve) => {
    const args = [`--target=${pid}`, ...namespaces, '--', 'sh', '-c', onlyInTheCopy, 'sh', script];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    execFile('nsenter', args, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });

const childOf = async (pid: number): Promise<number> => {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (child) return Number(child);
    await delay(20);
  }
  throw new Error(`process ${pid} has started no other in 10 s`);
};

/**
 * A copy of this machine with systemd as its first process: whatever happens to it, the machine stays as it is.
 * @param folder what the copy may read as /mnt
 */
export const copyMachine = async (folder: string): Promise<CopiedMachine> => {
  const script = join(import.meta.dirname, 'boot-copy.sh');
  const boot = spawn('sh', [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [outer] = await once(createInterface(boot.stdout), 'line');
  const first = await childOf(Number(outer));
  const run = (command: string) => runIn(first, command);
  while ((await run('systemctl is-system-running --wait')).output.trim() !== 'running') {
    if (boot.exitCode !== null) throw new Error('the copied machine did not boot');
    await delay(50);
  }
  return {
    run,
    output: async (command) => {
      const { code, output } = await run(command);
      if (code !== 0) throw new Error(`${command}: ${code}\n${output}`);
      return output;
    },
    stop: async () => {
      const ended = once(boot, 'exit');
      boot.stdin.end();
      await ended;
    },
  };
};
