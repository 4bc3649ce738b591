import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { fromTo, numberIn, program } from './support.ts';

describe('standard output', () => {
  const spawned = (body: string) =>
    spawn(process.execPath, ['--input-type=module', '-e', program('-', body)], { stdio: 'pipe' });

  it('gets the lines, to the last', async () => {
    const child = spawned(
      `for (let number = 1; number <= 3000; number++) log('info', 'spooled', { number });
       await close();
       process.exit(0);`,
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    await once(child, 'close');
    expect(output.split('\n').flatMap(numberIn)).toEqual(fromTo(1, 3000));
  });

  it('may have a reader that hangs: the process goes on, and ends when it should', async () => {
    const child = spawned(
      `const padding = 'x'.repeat(10_000);
       for (let number = 1; number <= 300; number++) log('info', 'spooled', { padding, number });
       process.stderr.write('went on');
       process.stdin.once('data', async () => {
         await close();
         process.exit(7);
       });`,
    );
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toBe('went on');
    child.stdin.write('stop');
    const [code] = await once(child, 'exit');
    expect(code).toBe(7);
  });

  it('tells how much was lost while its reader hung', async () => {
    const child = spawned(
      `const padding = 'x'.repeat(10_000);
       for (let number = 1; number <= 300; number++) log('info', 'spooled', { padding, number });
       process.stderr.write('went on');`,
    );
    await once(child.stderr, 'data');
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    await once(child, 'close');
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ event: 'log_lines_lost', lines: 301 - lines.length });
    expect(lines.length).toBeLessThan(200);
  });

  it('may go away', async () => {
    const child = spawned(
      `setInterval(() => log('info', 'spooled'), 5);
       process.stdin.once('data', async () => {
         await close();
         process.exit(7);
       });`,
    );
    child.stderr.resume();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toMatch(/^pns: the log to standard output cannot be written \(EPIPE\)/);
    child.stdin.write('stop');
    const [code] = await once(child, 'exit');
    expect(code).toBe(7);
  });
});
