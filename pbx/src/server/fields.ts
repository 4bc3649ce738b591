import type { FieldName } from '../../../lambda/http/fields.ts';
import * as endpoint from '../../../lambda/http/fields.ts';

const flagText = 'true or false (in a query or form also 1, 0, yes, no)';

export const expectations: Readonly<Record<FieldName, string>> = {
  ...endpoint.expectations,
  callAlerts: flagText,
  harmonyOs: flagText,
  test: flagText,
};

const words: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  0: false,
  false: false,
  no: false,
};
const number = (value: string): unknown => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value);
const flag = (value: string): unknown => {
  const word = value.toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : value;
};

/** What the text of a query or form means, where it is not the text itself. One that means nothing is left as it is. */
export const readers: Readonly<Record<string, (value: string) => unknown>> = {
  // Dialplans send a number as it is, and in a query + is a space.
  from: (value) => value.replace(/^ (?=\d)/, '+'),
  line: number,
  ringSeconds: number,
  badge: number,
  callAlerts: flag,
  harmonyOs: flag,
  test: flag,
};
/** Fields that may come several times in a query or form, or once with commas. */
export const lists: ReadonlySet<string> = new Set(['only']);
