import { expect, it } from 'vitest';
import { createLru } from '../../../lambda/providers/web-push/lru.ts';

it('keeps what was asked for last, and drops the rest once', () => {
  const dropped: string[] = [];
  let made = 0;
  const of = createLru(
    2,
    (name) => {
      made += 1;
      return `${name}${made}`;
    },
    (value) => dropped.push(value),
  );
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(of)).toEqual(['a1', 'b2', 'a1', 'c3', 'a1', 'b4']);
  expect(dropped).toEqual(['b2', 'c3']);
});

it('keeps what is undefined, too', () => {
  let made = 0;
  const of = createLru<undefined>(1, () => {
    made += 1;
    return undefined;
  });
  of('a');
  of('a');
  expect(made).toBe(1);
});
