import { InvalidArgumentError } from 'commander';

/** Arguments are checked by commander, which says which one was wrong; a text here says what was expected. */
const matching = (pattern: RegExp, expected: string) => (value: string) => {
  if (pattern.test(value)) return value;
  throw new InvalidArgumentError(`Expected ${expected}.`);
};

const wholeNumber = (expected: string) => (value: string) => {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected ${expected}.`);
};

/** Design, "Words". */
export const extension = matching(
  /^[A-Za-z0-9._*+@-]{1,64}$/,
  'an extension: 1 to 64 of A-Z a-z 0-9 . _ * + @ -',
);
export const spoolId = wholeNumber('the number of a request, as pns spool lists it');
export const callCount = wholeNumber('how many calls, 1 or more');
