import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlreadyRunning, claimInstance, DataDirError, holderOf } from '../../../pbx/src/daemon/instance.ts';

let dir = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pns-data-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(dir, { recursive: true, force: true });
});

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

const program = `
  import { claimInstance } from '${pathToFileURL('pbx/src/daemon/instance.ts').href}';
  console.log('ready');
  process.stdin.on('data', (at) => {
    while (Date.now() < Number(at));
    try {
      claimInstance(process.env.DATA_DIR);
      console.log('claimed');
    } catch (error) {
      console.log(error.name, error.pid ?? error.message);
    }
  });`;

type Contender = { child: ChildProcess; claim: (at: number) => Promise<string> };

/** A process that claims the folder when it is told to, at that time exactly. */
const contender = async (): Promise<Contender> => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { DATA_DIR: dir },
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return {
    child,
    claim: (at) => {
      child.stdin.write(String(at));
      return next();
    },
  };
};

/** Gives the winners' places, and what the others were told. */
const claimAtOnce = async (contenders: readonly Contender[]) => {
  const at = Date.now() + 100;
  const said = await Promise.all(contenders.map(({ claim }) => claim(at)));
  const winners = [...contenders.keys()].filter((place) => said[place] === 'claimed');
  return { winners, losers: said.filter((word) => word !== 'claimed') };
};

describe('a folder', () => {
  it('is made, has the pid, and can be had again once it is released', () => {
    const nested = join(dir, 'lib', 'pns');
    const instance = claimInstance(nested);
    expect(readFileSync(join(nested, 'pns.pid'), 'utf8')).toBe(`${process.pid}\n`);
    expect(holderOf(nested)).toBe(process.pid);
    expect(() => claimInstance(nested)).toThrow(AlreadyRunning);
    expect(holderOf(nested)).toBe(process.pid);
    instance.release();
    expect(holderOf(nested)).toBeUndefined();
    expect(existsSync(join(nested, 'pns.pid'))).toBe(false);
    claimInstance(nested).release();
  });

  it('may be gone when it is released', () => {
    const instance = claimInstance(dir);
    rmSync(dir, { recursive: true });
    instance.release();
    claimInstance(dir).release();
  });

  it('has one daemon, of twenty that start at the same time, and all others name it', async () => {
    // What an earlier one left, whose pid is that of another program by now.
    writeFileSync(join(dir, 'pns.pid'), `${process.pid}\n`);
    const contenders = await Promise.all(Array.from({ length: 20 }, contender));
    // The winner is killed each time, and the others go for what it has left.
    while (contenders.length > 10) {
      const { winners, losers } = await claimAtOnce(contenders);
      expect(winners).toHaveLength(1);
      const [winner] = contenders.splice(winners[0] ?? 0, 1);
      if (winner === undefined) throw new Error('nobody has won');
      const { pid } = winner.child;
      expect(losers).toEqual(Array(contenders.length).fill(`AlreadyRunning ${pid}`));
      expect(holderOf(dir)).toBe(pid);
      expect(() => claimInstance(dir)).toThrow(`pns is already running on DATA_DIR, ${dir}: pid ${pid}`);
      await kill(winner.child);
      expect(holderOf(dir)).toBeUndefined();
    }
  }, 60_000);

  it('is free after kill -9, though the pid in pns.pid lives on as another program', async () => {
    const { child, claim } = await contender();
    expect(await claim(0)).toBe('claimed');
    await kill(child);
    expect(readFileSync(join(dir, 'pns.pid'), 'utf8')).toBe(`${child.pid}\n`);
    writeFileSync(join(dir, 'pns.pid'), `${process.pid}\n`);
    expect(holderOf(dir)).toBeUndefined();
    claimInstance(dir).release();
  });

  it('is still held where the daemon is stopped', async () => {
    const { child, claim } = await contender();
    expect(await claim(0)).toBe('claimed');
    child.kill('SIGSTOP');
    expect(holderOf(dir)).toBe(child.pid);
    expect(() => claimInstance(dir)).toThrow(AlreadyRunning);
  });

  it('stays held though nobody keeps what claiming gave', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    claimInstance(dir);
    collectGarbage();
    expect(holderOf(dir)).toBe(process.pid);
  });

  it('is not held on by a child of the daemon', async () => {
    const instance = claimInstance(dir);
    const child = spawn('sleep', ['60']);
    children.push(child);
    instance.release();
    expect(holderOf(dir)).toBeUndefined();
    claimInstance(dir).release();
  });
});

describe('a folder whose files were deleted', () => {
  it('is held again once its daemon looks, under its own pid', () => {
    const instance = claimInstance(dir);
    for (const name of [['pns.lock'], ['pns.pid'], ['pns.start'], ['pns.lock', 'pns.pid', 'pns.start']]) {
      for (const file of name) rmSync(join(dir, file));
      instance.hold();
      expect(holderOf(dir)).toBe(process.pid);
      expect(() => claimInstance(dir)).toThrow(AlreadyRunning);
    }
    rmSync(dir, { recursive: true });
    instance.hold();
    expect(holderOf(dir)).toBe(process.pid);
    instance.release();
    expect(holderOf(dir)).toBeUndefined();
  });

  it('is held still where it was out of reach for a while', () => {
    const instance = claimInstance(dir);
    renameSync(dir, `${dir}-away`);
    symlinkSync(dir, dir);
    expect(() => instance.hold()).toThrow(DataDirError);
    rmSync(dir);
    renameSync(`${dir}-away`, dir);
    instance.hold();
    expect(holderOf(dir)).toBe(process.pid);
    instance.release();
  });

  it('is another’s once that has taken it, whose pid the first leaves alone', async () => {
    const instance = claimInstance(dir);
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    const { child, claim } = await contender();
    expect(await claim(0)).toBe('claimed');
    expect(() => instance.hold()).toThrow(`pns is already running on DATA_DIR, ${dir}: pid ${child.pid}`);
    instance.release();
    expect(holderOf(dir)).toBe(child.pid);
  });
});

describe('looking for a daemon', () => {
  it('leaves nothing behind, where there was none', () => {
    expect(holderOf(dir)).toBeUndefined();
    expect(holderOf(join(dir, 'none'))).toBeUndefined();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('never gets into the way of a start', async () => {
    claimInstance(dir).release();
    const { child, claim } = await contender();
    const claimed = claim(Date.now() + 100);
    let isClaimed = false;
    void claimed.then(() => {
      isClaimed = true;
    });
    while (!isClaimed) {
      for (let look = 0; look < 50; look++) holderOf(dir);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await claimed).toBe('claimed');
    expect(holderOf(dir)).toBe(child.pid);
  });
});

describe('a folder that cannot be used', () => {
  const failureOf = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };

  it('is named, with the reason', () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const failure = failureOf(() => claimInstance(file));
    expect(failure).toBeInstanceOf(DataDirError);
    expect(failure).toMatchObject({
      message: `DATA_DIR, ${file}: expected a folder on a disk of this machine that pns may write to (EEXIST)`,
    });
    expect(holderOf(file)).toBe('unknown');
  });

  it.each(['pns.start', 'pns.lock'])('may hold a %s that is none', (name) => {
    claimInstance(dir).release();
    writeFileSync(join(dir, name), 'x'.repeat(4096));
    expect(failureOf(() => claimInstance(dir))).toMatchObject({
      name: 'DataDirError',
      message: expect.stringContaining('file is not a database'),
    });
  });

  it('is held where pns.pid cannot be written, and a second start says how to find the first', () => {
    mkdirSync(join(dir, 'pns.pid'));
    const instance = claimInstance(dir);
    expect(failureOf(() => claimInstance(dir))).toMatchObject({
      name: 'AlreadyRunning',
      pid: undefined,
      message: expect.stringContaining(`\`fuser ${join(dir, 'pns.lock')}\``),
    });
    expect(holderOf(dir)).toBe('unnamed');
    rmSync(join(dir, 'pns.pid'), { recursive: true });
    instance.hold();
    expect(holderOf(dir)).toBe(process.pid);
    instance.release();
  });

  it('needs no room on the disk: nothing but pns.pid is written, and that may fail', () => {
    // An earlier one was killed, and the disk is full since.
    claimInstance(dir).release();
    const instance = claimInstance(dir);
    const sizes = readdirSync(dir).map((name) => [name, statSync(join(dir, name)).size]);
    expect(Object.fromEntries(sizes)).toEqual({
      'pns.lock': 0,
      'pns.pid': expect.any(Number),
      'pns.start': 0,
    });
    instance.release();
  });

  it('may be another user’s', ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read and write everything');
    claimInstance(dir).release();
    chmodSync(dir, 0o000);
    for (const act of [claimInstance, holderOf]) {
      expect(failureOf(() => act(dir))).toMatchObject({ message: expect.stringContaining('(EACCES)') });
    }
    chmodSync(dir, 0o700);
  });
});

// Only root can give a folder away, and only root is refused.
it.runIf(process.getuid?.() === 0)(
  'root is refused a folder that is another user’s, and leaves nothing there',
  () => {
    chownSync(dir, 65_534, 65_534);
    expect(() => claimInstance(dir)).toThrow(DataDirError);
    expect(readdirSync(dir)).toEqual([]);
  },
);
