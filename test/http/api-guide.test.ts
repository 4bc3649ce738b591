import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorCodes, pushReasons } from '../../lambda/core/contract.ts';
import { ServiceError } from '../../lambda/core/errors.ts';
import { problemOf } from '../../lambda/http/problem.ts';
import { parseRegister } from '../../lambda/http/requests.ts';
import type { Content, Schema } from './support/document.ts';
import { operations, validator } from './support/document.ts';
import { apiRequests } from './support/routes.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

const shown = [...guide.matchAll(/```sh\ncurl "\$URL([^"?]+)[^"]*"(.*?)```\n\n```json\n(.*?)```/gs)].map(
  ([, path = '', request = '', answer = '']) => {
    const body = /-d '(.*)'/s.exec(request)?.[1];
    return { route: `${body === undefined ? 'GET' : 'POST'} ${path}`, body, answer };
  },
);

const schemaOf = (content: Content | undefined, type = 'application/json'): Schema =>
  content?.[type]?.schema ?? false;

describe('docs/api.md', () => {
  test('shows every request that asks for a key', () => {
    expect(shown.map(({ route }) => route)).toEqual([...apiRequests]);
  });

  test.each(shown)('shows a valid $route and its answer', ({ route, body, answer }) => {
    const { requestBody, responses } = operations[route] ?? {};
    if (body !== undefined) expect(validator(schemaOf(requestBody?.content))(JSON.parse(body))).toEqual([]);
    expect(validator(schemaOf(responses?.['200']?.content))(JSON.parse(answer))).toEqual([]);
  });

  test('shows valid registrations of Huawei phones and browsers', () => {
    const registrations = [
      ...guide.matchAll(/```json\n(\{"extension": "101", (?:"token"|"platform").*?)```/gs),
    ].map(([, json = '']) => JSON.parse(json));
    expect(registrations.map(({ platform }) => platform)).toEqual(['hms', 'webpush']);
    const parsed = registrations.map((registration) => parseRegister(registration));
    expect(parsed).toEqual(registrations);
  });

  test('tells what to do about every reason', () => {
    const [, section = ''] = /### Reasons\n(.*?)\n## /s.exec(guide) ?? [];
    const named = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, reasons = '']) =>
      reasons.replaceAll('`', '').split(', '),
    );
    expect(named.sort()).toEqual(Object.keys(pushReasons).sort());
  });

  test('shows a valid error', () => {
    const [, problem = ''] = /```json\n(\{"type".*?)```/s.exec(guide) ?? [];
    const schema = schemaOf(
      operations['POST /register']?.responses['400']?.content,
      'application/problem+json',
    );
    expect(validator(schema)(JSON.parse(problem))).toEqual([]);
  });

  test('names every error code, under its status', () => {
    const rows = [...guide.matchAll(/^\| (\d+) \| (`.*`) \|/gm)].flatMap(([, status, codes = '']) =>
      codes.split(', ').map((code) => `${status} ${code.replaceAll('`', '')}`),
    );
    const meant = errorCodes.map(
      (code) => `${problemOf(new ServiceError(code, ''), '').response.statusCode} ${code}`,
    );
    expect(rows.sort()).toEqual(meant.sort());
  });
});
