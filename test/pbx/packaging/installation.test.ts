import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeKey } from '../../../lambda/core/key.ts';
import { buildPackage } from '../../../pbx/packaging/package.ts';
import { type CopiedMachine, copyMachine, whyNoCopy } from './copied-machine.ts';
import { isSkipped, release, root, temporaryFolder, whyNoPackage } from './support.ts';

const reason = (await whyNoPackage()) ?? whyNoCopy();
const folder = temporaryFolder();
const key = writeKey({ keyId: 'abcdefghijkl', secret: 'abcdefghijklmnopqrstuvwx' });

/** In order: each begins with the machine as the one before has left it. */
describe.skipIf(isSkipped('The installation', reason))('installed', () => {
  let machine: CopiedMachine;
  let install: string;
  let before: string;

  const output = async (script: string) => (await machine.output(script)).trim();
  /** What systemd says, `Name=value` by name. */
  const unit = async (...names: string[]): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await output(`systemctl show pns ${names.map((name) => `-p ${name}`).join(' ')}`))
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  const ask = (route: string) =>
    output(`/usr/lib/pns/node -e "fetch('http://127.0.0.1:8070${route}').then(async (a) => {
      console.log(await a.text()); if (!a.ok) process.exitCode = 1 })"`);
  const status = async () => JSON.parse(await output('pns status --json'));
  const owners = (...paths: string[]) => output(`stat -c '%U:%G %a %n' ${paths.join(' ')}`);
  const traces = () => output("find /etc /usr /var -xdev -name 'pns*' | sort");
  /** Until systemd has started another process than this one. */
  const startedAfter = (pid: string) =>
    output(`until pid=$(systemctl show pns -p MainPID --value)
      [ "$pid" != 0 ] && [ "$pid" != ${pid} ] && systemctl -q is-active pns; do sleep 0.1; done; echo "$pid"`);

  beforeAll(async () => {
    const [file, copy] = await Promise.all([
      buildPackage({ root, folder: folder.path, node: process.execPath, release }),
      copyMachine(folder.path),
    ]);
    machine = copy;
    install = `dpkg --install /mnt/${basename(file)}`;
    before = await traces();
  }, 120_000);

  afterAll(async () => {
    await machine?.stop();
    folder.remove();
  });

  it('is enabled, and waits for its settings', async () => {
    expect(await output(install)).toContain(
      'pns: fill in PUSH_URL and the key in /etc/pns/pns.conf, then: systemctl start pns && pns doctor',
    );
    expect(await output('dpkg --verify pns-proxy-pbx; systemd-analyze verify pns.service')).toBe('');
    expect(await output('systemctl is-enabled pns')).toBe('enabled');
    expect(await unit('ActiveState', 'NRestarts', 'Result')).toEqual({
      ActiveState: 'inactive',
      NRestarts: '0',
      Result: 'success',
    });
    expect(await owners('/etc/pns/pns.conf', '/var/lib/pns', '/var/log/pns')).toBe(
      'root:pns 640 /etc/pns/pns.conf\npns:pns 750 /var/lib/pns\npns:pns 750 /var/log/pns',
    );
    expect(await output('getent passwd pns')).toMatch(/:\/var\/lib\/pns:\/usr\/sbin\/nologin$/);
  });

  it('says once, in the journal, what is wrong in its settings', async () => {
    const start = await machine.run('systemctl start pns');
    expect(start.code).not.toBe(0);
    expect(await unit('ExecMainStatus', 'NRestarts', 'ActiveState')).toEqual({
      ExecMainStatus: '78',
      NRestarts: '0',
      ActiveState: 'failed',
    });
    expect(await output('journalctl --unit=pns --output=cat')).toContain('PUSH_URL: expected');
  });

  it('is started once it answers, as its own user, without privileges', async () => {
    // Port 9 is closed: there is no endpoint to deliver to.
    await output(
      `printf 'PUSH_URL = http://127.0.0.1:9\\nKEY = ${key}\\n' >>/etc/pns/pns.conf; systemctl start pns`,
    );
    const { pid, version } = await status();
    expect(await unit('MainPID', 'ActiveState')).toEqual({ MainPID: String(pid), ActiveState: 'active' });
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    const process = await output(`cat /proc/${pid}/status`);
    expect(process).toMatch(/^CapBnd:\s+0+$/m);
    expect(process).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(process).toMatch(/^Seccomp:\s+2$/m);
    expect(await owners(`/proc/${pid}`, '/var/lib/pns/spool.db', '/var/log/pns/pns.log')).toBe(
      `pns:pns 555 /proc/${pid}\npns:pns 600 /var/lib/pns/spool.db\npns:pns 600 /var/log/pns/pns.log`,
    );
    expect(await output('journalctl --unit=pns --output=cat')).not.toContain(key);
  });

  it('reloads without another process', async () => {
    const running = await unit('MainPID');
    await output("echo 'LOG_LEVEL = debug' >>/etc/pns/pns.conf; systemctl reload pns");
    await output(`until grep -q '"reloaded"' /var/log/pns/pns.log; do sleep 0.05; done`);
    expect(await unit('MainPID')).toEqual(running);
  });

  it('comes back when it is killed, with all that it had acknowledged', async () => {
    await ask('/register?extension=101&token=a-token-of-google&platform=fcm');
    const { MainPID = '' } = await unit('MainPID');
    await output(`kill -KILL ${MainPID}`);
    await startedAfter(MainPID);
    expect((await status()).spool.depth).toBe(1);
  });

  it('comes back when it hangs', async () => {
    // 20 and 2 s as it is installed.
    await output(`mkdir -p /run/systemd/system/pns.service.d
      printf '[Service]\\nWatchdogSec=3\\nRestartSec=0\\n' >/run/systemd/system/pns.service.d/test.conf
      systemctl daemon-reload; systemctl restart pns`);
    const { MainPID = '' } = await unit('MainPID');
    // It tells that it is alive, and in time.
    const told = 'systemctl show pns -p WatchdogTimestampMonotonic --value';
    await output(`told=$(${told}); until [ "$told" != "$(${told})" ]; do sleep 0.1; done`);
    expect(await unit('MainPID')).toEqual({ MainPID });
    await output(`kill -STOP ${MainPID}`);
    await startedAfter(MainPID);
    expect(await output('journalctl --unit=pns --output=cat')).toContain('Watchdog timeout');
    await output('rm -r /run/systemd/system/pns.service.d; systemctl daemon-reload; systemctl restart pns');
  });

  it('goes on in a new log when the old one is put aside', async () => {
    // What logrotate does, its postrotate as root.
    await output(`cd /var/log/pns; mv pns.log pns.log.1
        install --owner=pns --group=pns --mode=600 /dev/null pns.log
        sed '1,/postrotate/d; /endscript/,$d' /etc/logrotate.d/pns | sh -e`);
    await ask('/register?extension=102&token=another-token-of-google&platform=fcm');
    await output(`until grep '"102"' /var/log/pns/pns.log; do sleep 0.05; done`);
    expect(await output('! grep \'"102"\' /var/log/pns/pns.log.1')).toBe('');
  });

  it('keeps settings, acknowledged requests and the decision to disable it over an upgrade', async () => {
    const { MainPID = '' } = await unit('MainPID');
    const settings = await output('systemctl disable pns; md5sum /etc/pns/pns.conf');
    await output(install);
    await startedAfter(MainPID);
    expect(settings).toContain(await output('md5sum /etc/pns/pns.conf'));
    expect((await machine.run('systemctl is-enabled pns')).output.trim()).toBe('disabled');
    expect((await status()).spool.depth).toBe(2);
  });

  it('stops when it is told to, and stays so', async () => {
    await output('systemctl stop pns');
    expect(await unit('ActiveState', 'Result')).toEqual({ ActiveState: 'inactive', Result: 'success' });
    // Not `auto-restart`.
    await output(`systemctl start pns; pns stop
        until [ "$(systemctl show pns -p SubState --value)" = dead ]; do sleep 0.05; done`);
    expect(await unit('ActiveState', 'Result')).toEqual({ ActiveState: 'inactive', Result: 'success' });
    expect(await output('tail -n 1 /var/log/pns/pns.log')).toContain('"stopped"');
  });

  it('stops when it is removed, and keeps what it had', async () => {
    await output('systemctl start pns; dpkg --remove pns-proxy-pbx');
    expect((await machine.run('systemctl is-active pns')).output.trim()).toBe('inactive');
    expect(await output('pgrep --uid pns || true')).toBe('');
    expect(await output('ls /etc/pns/pns.conf /var/lib/pns/spool.db /var/log/pns/pns.log')).not.toBe('');
  });

  it('leaves nothing but its user when it is purged', async () => {
    await output('echo x >/etc/pns/key; dpkg --purge pns-proxy-pbx');
    expect(await traces()).toBe(before);
    expect(await output('getent passwd pns')).toMatch(/^pns:/);
    expect((await machine.run('dpkg --status pns-proxy-pbx')).code).not.toBe(0);
  });
});
