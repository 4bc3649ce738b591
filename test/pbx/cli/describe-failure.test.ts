import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeFailure } from '../../../pbx/src/cli/describe-failure.ts';
import { CommandError } from '../../../pbx/src/cli/failure.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test('what a command says on purpose is told as it is, but for what would move the cursor', () => {
  expect(describeFailure(new CommandError('first\nsecond\u001b[2J'))).toBe('first\nsecond\\u{1b}[2J');
});

test('what the system says is told', () => {
  const error = thrownBy(() => readFileSync('/nonexistent/file'));
  expect(describeFailure(error)).toBe("ENOENT: no such file or directory, open '/nonexistent/file'");
});

test('who may not do it is told how', () => {
  const error = Object.assign(new Error("EACCES: permission denied, open '/x'"), {
    code: 'EACCES',
    syscall: 'open',
  });
  expect(describeFailure(error)).toBe(
    "EACCES: permission denied, open '/x': repeat it with sudo, or as the user of pns",
  );
});

test('what nobody expected is told by name and place alone: its message may hold a token', () => {
  const secret = 'token-4711\n    at token-4712';
  const told = describeFailure(new TypeError(`cannot read ${secret}`));
  expect(told).toMatch(/^internal error: TypeError at .*describe-failure\.test\.ts:\d+:\d+\)?$/);
  expect(told).not.toContain('token-471');
  expect(describeFailure(secret)).not.toContain('token-471');
});
