import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messageKinds, platforms } from '../../lambda/core/contract.ts';
import type { Notice } from '../../lambda/core/notice.ts';
import { alertOf } from '../../lambda/core/payload-alert.ts';
import { phonesToTell, phonesWithoutToken } from '../../lambda/core/phones.ts';
import { aRegistration } from '../support/builders.ts';
import { flatMapIn } from '../support/flat-map.ts';
import { examplePush, notices, ways } from '../support/payload-examples.ts';
import { payloadComplaints, schema } from '../support/payload-schema.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/payload.md'), 'utf8');
const types = ['call', 'cancel', ...messageKinds] as const;
const isType = (type: string): type is Notice['type'] => types.some((one) => one === type);

const marker = /<!-- (\w+) on ([\w -]+?)(?:, ([\w ]+))? -->\n```json\n(.*?)```/gs;
const examples = [...guide.matchAll(marker)].map(([, type = '', way = '', setting, json = '']) => ({
  title: `${type} on ${way}${setting ? `, ${setting}` : ''}`,
  type,
  way,
  setting,
  json,
}));

const section = (title: string): string => guide.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
/** The cells of its table, the head left out. */
const rowsOf = (title: string): string[][] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const namesIn = (cell = ''): string[] => cell.replaceAll('`', '').split(', ');

describe('the examples of docs/payload.md', () => {
  it('show each type, and each platform', () => {
    expect([...new Set(examples.map(({ type }) => type))].sort()).toEqual(types.toSorted());
    expect([...new Set(examples.map(({ way }) => way))].sort()).toEqual(Object.keys(ways).sort());
    expect(guide.match(/<!-- /g)).toHaveLength(examples.length);
  });

  it.each(examples)('are what goes out: $title', ({ type, way, setting, json }) => {
    if (!isType(type)) throw new Error(`no type ${type}`);
    const { body } = examplePush(type, way, setting);
    expect(JSON.parse(json)).toEqual(body);
    expect(payloadComplaints(flatMapIn(body))).toEqual([]);
  });
});

describe('docs/payload.md', () => {
  it('has every key of the flat map, and where it is', () => {
    const told = rowsOf('The flat map').flatMap(([keys, where = '']) =>
      namesIn(keys).map((key) => [key, where]),
    );
    const typesWith = (key: string) => types.filter((type) => key in (schema.$defs[type]?.properties ?? {}));
    const meant: Record<string, readonly string[]> = {
      all: types,
      messages: messageKinds,
      'call, cancel': ['call', 'cancel'],
      call: ['call'],
      cancel: ['cancel'],
    };
    for (const [key = '', where = ''] of told) expect(typesWith(key), key).toEqual(meant[where]);
    const keys = types.flatMap((type) => Object.keys(schema.$defs[type]?.properties ?? {}));
    expect(told.map(([key]) => key).sort()).toEqual([...new Set(keys)].sort());
  });

  it('has the platforms', () => {
    expect(rowsOf('Tokens').map(([platform]) => platform?.replaceAll('`', ''))).toEqual(
      expect.arrayContaining([...platforms]),
    );
  });

  it('has the names of all texts', () => {
    const told = rowsOf('What the system shows').flatMap(([names]) => namesIn(names));
    const meant = types.flatMap((type) => {
      const { caller: _1, callerName: _2, ...withheld } = notices[type];
      return [alertOf(withheld, ''), alertOf(notices[type], '')].map(({ titleKey }) => titleKey);
    });
    expect(told.sort()).toEqual([...new Set(meant)].sort());
  });

  it('has the channels of Android', () => {
    const channels = messageKinds.map((type) => {
      const { android } = Object(examplePush(type, 'fcm').body);
      return android.notification.channel_id;
    });
    expect(section('What the system shows')).toContain(
      `channels are \`${channels[0]}\`, \`${channels[1]}\` and \`${channels[2]}\``,
    );
  });

  it('links samples of less than 120 lines, which know the keys of the flat map and no others', () => {
    const links = [...new Set([...guide.matchAll(/\]\((samples\/[^)]+)\)/g)].map(([, file = '']) => file))];
    expect(links).toHaveLength(4);
    const keys = types.flatMap((type) => Object.keys(schema.$defs[type]?.properties ?? {}));
    for (const file of links) {
      const text = readFileSync(join(import.meta.dirname, '../../docs', file), 'utf8');
      expect(text.split('\n').length, file).toBeLessThanOrEqual(120);
      const used = [...text.matchAll(/data\["(\w+)"\]/g)].map(([, key]) => key);
      expect(keys, file).toEqual(expect.arrayContaining(used));
    }
  });

  it('has what arrives where, and what is refused', () => {
    const rows = rowsOf('What arrives where');
    const told = Object.fromEntries(rows.map(([type = '', ...cells]) => [type.replaceAll('`', ''), cells]));
    const meant = [
      ...types.map((type) => [type, undefined] as const),
      ['cancel', 'missedCalls'] as const,
    ].map(([type, setting]) => [
      setting === undefined ? type : `${type}, to be shown`,
      Object.keys(ways).map((way) => outcome(type, way, setting)),
    ]);
    expect(told).toEqual(Object.fromEntries(meant));
  });

  const outcome = (type: Notice['type'], way: string, setting: string | undefined): string => {
    const phone = aRegistration({ token: 'x', platform: 'fcm', ...ways[way] });
    if (phonesToTell(type, [phone]).length > 0) return pushed(type, way, setting);
    expect(phonesWithoutToken(type, [phone])).toHaveLength(1);
    const reason = type === 'call' ? 'no-token-for-calls' : 'no-token-for-messages';
    const refused = `refused: \`${reason}\``;
    const alerted = phonesToTell(type, [{ ...phone, callAlerts: true }]).length > 0;
    return alerted ? `${refused}; with \`callAlerts\`: ${pushed(type, way, setting)}` : refused;
  };

  const pushed = (type: Notice['type'], way: string, setting: string | undefined): string => {
    const push = examplePush(type, way, setting ?? 'voip');
    const withText = (part: unknown) => (part === undefined ? 'data' : 'notification and data');
    switch (push.platform) {
      case 'fcm': {
        const { android } = Object(push.body);
        return `${withText(android.notification)}, ${android.priority}`;
      }
      case 'apns':
      case 'apns-voip':
        return `${push.apns.pushType}, priority ${push.apns.priority}`;
      case 'webpush':
        return `urgency ${push.urgency}`;
      case 'hms': {
        if (push.api === 'v2') {
          const { android } = Object(push.body['message']);
          const marks = [android.urgency, android.category].filter(Boolean);
          return [withText(android.notification), ...marks].join(', ');
        }
        const { notification } = Object(push.body['payload']);
        return [`push-type ${push.pushType}`, ...(notification ? [notification.category] : [])].join(', ');
      }
    }
  };
});
