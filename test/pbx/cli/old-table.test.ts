import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImportError, importTable, readTable } from '../../../pbx/src/cli/old-table.ts';
import type { Settings } from '../../../pbx/src/settings/settings.ts';
import { listSpool } from '../../../pbx/src/spool/operator.ts';
import { appleToken, fcmToken } from '../../support/builders.ts';
import { createEndpoint, scratch, startSpool } from '../spool/support.ts';

const settings = { legacyApplePlatform: 'apns-voip', app: undefined } as Settings;
const [google, apple] = [fcmToken('phone'), appleToken('iphone')];

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

/** The lines that are wrong, each with what was expected. */
const wrongLines = (text: string): [line: number, expected: string][] => {
  try {
    readTable(text, settings);
  } catch (error) {
    if (error instanceof ImportError) return error.lines.map(({ line, expected }) => [line, expected]);
    throw error;
  }
  return [];
};

describe('readTable', () => {
  it('takes the original’s two columns: a hex token is Apple’s, any other Google’s', () => {
    expect(readTable(`extension,token\n101,${google}\n102,${apple}\n`, settings)).toEqual([
      { extension: '101', token: google, platform: 'fcm' },
      { extension: '102', token: apple, platform: 'apns-voip' },
    ]);
  });

  it('takes all that a register has, in any order, quoted or empty, with Windows’ line ends and a byte-order mark', () => {
    const text = [
      '\ufefftoken,line,platform,extension,app,deviceId,deviceName,environment,callAlerts',
      `${apple},2,apns,101,demo,phone-1,"Ann’s, ""new"" phone",sandbox,`,
      '',
      `${apple}, ,apns,102,,,,,true`,
    ].join('\r\n');
    expect(readTable(text, settings)).toEqual([
      {
        extension: '101',
        token: apple,
        platform: 'apns',
        line: 2,
        app: 'demo',
        deviceId: 'phone-1',
        deviceName: 'Ann’s, "new" phone',
        environment: 'sandbox',
      },
      { extension: '102', token: apple, platform: 'apns', callAlerts: true },
    ]);
  });

  it('takes JSON lines', () => {
    const text = `{"extension":"101","token":"${google}","line":3}\n\n{"extension":"102","token":"${apple}"}\n`;
    expect(readTable(text, { ...settings, app: 'demo' })).toEqual([
      { extension: '101', token: google, platform: 'fcm', line: 3, app: 'demo' },
      { extension: '102', token: apple, platform: 'apns-voip', app: 'demo' },
    ]);
  });

  it('names every wrong line, and tells no token', () => {
    const text = [
      'extension,token,line,platform',
      `101,${google},1,fcm`,
      `not one!,${google},1,fcm`,
      `102,,1,fcm`,
      `103,${google},100,fcm`,
      `104,${google},1,apns`,
      `105,${google}`,
      `106,"${google}" x,1,fcm`,
      `107,${google},1,fcm`,
    ].join('\n');
    const wrong = wrongLines(text);
    expect(wrong.map(([line]) => line)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(wrong.map(([, expected]) => expected)).toEqual([
      expect.stringContaining('extension: 1 to 64 of'),
      expect.stringContaining('token: missing'),
      expect.stringContaining('line: a whole number from 1 to 99'),
      expect.stringContaining('token: 32 to 400 hex digits'),
      '4 columns, as in the first line',
      expect.stringContaining('quotes'),
    ]);
    expect(JSON.stringify(wrong)).not.toContain(google);
  });

  it.each([
    ['no header', `101,${google}\n102,${google}\n`],
    ['a column that is unknown', `extension,token,colour\n101,${google},red\n`],
    ['a column twice', `extension,token,token\n101,${google},${google}\n`],
    ['no token', 'extension\n101\n'],
    ['nothing', ''],
  ])('wants the names of the columns in the first line: %s', (_, text) => {
    const wrong = wrongLines(text);
    expect(wrong).toEqual([[1, expect.stringContaining('the names of the columns')]]);
    expect(JSON.stringify(wrong)).not.toContain(google);
  });

  it('wants one JSON object a line', () => {
    const line = `{"extension":"101","token":"${google}"}`;
    const text = [line, '[]', `[${line}]`, '{', 'null', `{"extension":101,"token":"${google}"}`].join('\n');
    expect(wrongLines(text).map(([number]) => number)).toEqual([2, 3, 4, 5, 6]);
    expect(wrongLines(`[${line}]`)).toEqual([[1, 'one JSON object a line']]);
  });

  it('shows twenty of many', () => {
    const text = `extension,token\n${'!,\n'.repeat(30)}`;
    expect(() => readTable(text, settings)).toThrow(/^line 2: (.*\n){20}and 10 more$/);
  });
});

describe('importTable', () => {
  it('spools all, the oldest first, before the daemon was ever started, which delivers them', async () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `${n},${fcmToken(`${n % 100}`)}`);
    expect(importTable(['extension,token', ...lines].join('\n'), place.file, settings)).toBe(2_000);

    const endpoint = createEndpoint();
    await endpoint.start();
    const pns = await startSpool(place.file, endpoint.send);
    await pns.empty();
    const ofOne = endpoint.taken.filter(({ body }) => body['token'] === fcmToken('7'));
    expect(ofOne.map(({ body }) => Number(body['extension']))).toEqual(
      Array.from({ length: 20 }, (_, n) => 7 + n * 100),
    );
    expect(endpoint.taken).toHaveLength(2_000);
    await pns.stop();
    await endpoint.stop();
  });

  it('spools nothing where a line is wrong', () => {
    expect(() => importTable(`extension,token\n101,${google}\n!,${google}\n`, place.file, settings)).toThrow(
      ImportError,
    );
    expect(existsSync(place.file)).toBe(false);

    importTable(`extension,token\n101,${google}\n`, place.file, settings);
    expect(listSpool(place.file).pending).toHaveLength(1);
  });
});
