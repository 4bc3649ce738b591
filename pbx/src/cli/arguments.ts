import { InvalidArgumentError } from 'commander';
import { is } from 'valibot';
import { expectations, fields } from '../../../lambda/http/fields.ts';

/** Arguments are checked by commander, which says which one was wrong; a text here says what was expected. */
const wholeNumber = (expected: string) => (value: string) => {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected ${expected}.`);
};

export const extension = (value: string) => {
  if (is(fields.extension, value)) return value;
  throw new InvalidArgumentError(`Expected an extension: ${expectations.extension}.`);
};
export const spoolId = wholeNumber('the number of a request, as pns spool lists it');
export const callCount = wholeNumber('how many calls, 1 or more');
