import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSubscription } from '../../lambda/core/subscription.ts';
import { aSubscription } from '../support/builders.ts';

const { keys } = JSON.parse(aSubscription('phone'));
const read = (endpoint: unknown) => readSubscription(JSON.stringify({ endpoint, keys }));

describe('a push address', () => {
  it.each([
    ['https://push.example.com/a?b=c', 'https://push.example.com/a?b=c'],
    ['https://push.example.com', 'https://push.example.com/'],
    ['https://PUSH.Example.com:443/A', 'https://push.example.com/A'],
    ['https://push.example.com:8443/a', 'https://push.example.com:8443/a'],
    ['https://bücher.example/a', 'https://xn--bcher-kva.example/a'],
    ['https://push.xn--p1ai/a', 'https://push.xn--p1ai/a'],
    ['https://internal.example.com/a', 'https://internal.example.com/a'],
    ['https://127.0.0.1:8443/a', 'https://127.0.0.1:8443/a'],
    ['https://2130706433/a', 'https://127.0.0.1/a'],
  ])('may be %s', (given, endpoint) => {
    expect(read(given)?.endpoint).toBe(endpoint);
  });

  it.each([
    'http://push.example.com/a',
    'ws://push.example.com/a',
    'push.example.com/a',
    'https://user@push.example.com/a',
    'https://:pass@push.example.com/a',
    'https://push.example.com/a#b',
    'https://push/a',
    'https://localhost/a',
    'https://localhost./a',
    'https://push.localhost/a',
    'https://printer.local/a',
    'https://push.internal/a',
    'https://push.example.com./a',
    'https://push..example.com/a',
    'https://10.0.0.1/a',
    'https://169.254.169.254/latest/meta-data',
    'https://0xa9fea9fe/a',
    'https://8.8.8.8/a',
    'https://127.0.0.2/a',
    'https://[::1]/a',
    'https://[::ffff:127.0.0.1]/a',
    'https://[2606:4700::1]/a',
    'https://',
    '',
    1,
    null,
    ['https://push.example.com/a'],
  ])('is none: %j', (given) => {
    expect(read(given)).toBeUndefined();
  });

  it('is read the same again, whatever it is', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }), (given) => {
        const first = read(given);
        if (first !== undefined) expect(read(first.endpoint)).toEqual(first);
      }),
    );
  });

  it('of any text is read without an error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"endpoint":${json}}`),
        ),
        (text) => {
          expect(() => readSubscription(text)).not.toThrow();
        },
      ),
    );
  });
});
