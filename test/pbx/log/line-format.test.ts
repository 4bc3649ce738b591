import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../pbx/src/log/entry.ts';
import { formatLine, parseLine } from '../../../pbx/src/log/line-format.ts';

const time = '2026-11-22T12:00:00.000Z';
const line = (fields: Record<string, unknown>, format: 'json' | 'text' = 'text', event = 'push_call') =>
  formatLine(JSON.stringify({ level: 'info', time, event, ...fields }), format);

/** Any text, with what may do harm in a line more often than chance has it. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '=',
      ' ',
      '\n',
      '\r',
      '\u2028',
      '\u0085',
      '\u001b[',
      '{',
      ']',
      '\ud800',
      '1',
      '-',
      'true',
    ),
  }),
);
const fields = fc
  .dictionary(
    text,
    fc.oneof(text, fc.jsonValue({ stringUnit: 'binary' }), fc.array(fc.dictionary(text, text))),
  )
  .map((given) => {
    const { time: _time, level: _level, event: _event, ...rest } = given;
    // JSON has no -0.
    return JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
  });
const entries: fc.Arbitrary<LogEntry> = fc
  .record({ fields, level: fc.constantFrom('debug', 'info', 'warn', 'error') })
  .map(({ fields: given, level }) => ({ ...given, time, level, event: 'push_call' }));

describe.each(['json', 'text'] as const)('a line of %s', (format) => {
  it('gives back what was written, whatever that was', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const written = formatLine(JSON.stringify(entry), format);
        expect(parseLine(written.trimEnd())).toEqual(entry);
      }),
      { numRuns: 300 },
    );
  });

  it('is one line, with nothing in it that a terminal would act on', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const written = formatLine(JSON.stringify(entry), format);
        expect(written.endsWith('\n')).toBe(true);
        expect(written.slice(0, -1)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 300 },
    );
  });

  it('cannot be made up in the value of another', () => {
    const forged = line({ to: '666', outcome: 'sent' }, format).trimEnd();
    const written = line({ callId: `a\n${forged}\r\n${forged}`, to: `101 to=666 level=error` }, format);
    expect(written.split(/\r?\n/)).toEqual([expect.any(String), '']);
    expect(parseLine(written.trimEnd())).toMatchObject({ to: '101 to=666 level=error', level: 'info' });
  });
});

describe('a line of text', () => {
  it('reads well', () => {
    const phones = [{ deviceId: 'A 1', accepted: true }];
    expect(
      line({ to: 'ann', extension: '101', uuid: '0b6f', callId: 'a b', devices: 2, test: false, phones }),
    ).toBe(
      `${time} info  push_call to=ann extension="101" uuid="0b6f" callId="a b" devices=2 test=false phones=[{"deviceId":"A 1","accepted":true}]\n`,
    );
  });

  it('keeps a text that looks like a number apart from a number', () => {
    expect(parseLine(line({ text: '101', number: 101 }).trimEnd())).toMatchObject({
      text: '101',
      number: 101,
    });
  });
});

it.each([
  '',
  'garbage',
  '{',
  '[]',
  'null',
  '{"event":"push_call"}',
  '{"time":"yesterday","level":"info","event":"push_call"}',
  `{"time":"${time}","level":"fatal","event":"push_call"}`,
  `{"time":"${time}","level":"info"}`,
  `${time} info`,
  `${time} fatal push_call to=a`,
  `yesterday info push_call to=a`,
  `${time} info push_call to=`,
  `${time} info push_call to="a`,
  `${time} info push_call to={a}`,
  `${time} info push_call to=a and more`,
])('%s is no line of the log', (garbage) => {
  expect(parseLine(garbage)).toBeUndefined();
});

it('any other text is read without a throw, and quickly', () => {
  fc.assert(
    fc.property(text, (garbage) => void parseLine(`${time} info push_call ${garbage}`)),
    { numRuns: 300 },
  );
  expect(parseLine(`${time} info push_call ${'a="\\'.repeat(50_000)}`)).toBeUndefined();
});
