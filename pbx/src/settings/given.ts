import { type DefaultedName, isKeyName, type KeyName, keyNames, keys, type Values } from './keys.ts';
import type { Fault, Line } from './lines.ts';
import { nearest } from './nearest.ts';
import type { Reader } from './readers.ts';

/** The values that a file gives. What is wrong with one is among the faults, and a default takes its place. */
export type Given = {
  lineOf(name: KeyName): number | undefined;
  value<Name extends KeyName>(name: Name): Values[Name] | undefined;
  valueOrDefault<Name extends DefaultedName>(name: Name): Values[Name];
};

const readers: { readonly [Name in KeyName]: Reader<Values[Name]> } = keys;
const defaulted: { readonly [Name in DefaultedName]: Reader<Values[Name]> & { default: string } } = keys;

const unknownName = (name: string): string => {
  const meant = nearest(name, keyNames);
  const expected = meant === undefined ? `one of ${keyNames.join(', ')}` : `a known name, perhaps ${meant}`;
  return `${name}: expected ${expected}`;
};

const wrongValue = (name: KeyName, text: string): string => {
  const hint = /\s[#;]/.test(text) ? '; a comment stands on a line of its own' : '';
  return `${name}: expected ${keys[name].expected}${hint}`;
};

export const createGiven = (lines: readonly Line[], faults: Fault[]): Given => {
  const texts = new Map<KeyName, { line: number; text: string }>();
  for (const { number, name, value } of lines) {
    if (!isKeyName(name)) {
      faults.push({ line: number, text: unknownName(name) });
      continue;
    }
    const first = texts.get(name);
    if (first === undefined) texts.set(name, { line: number, text: value });
    else faults.push({ line: number, text: `${name}: expected once, and line ${first.line} has it already` });
    if (readers[name].read(value) === undefined) faults.push({ line: number, text: wrongValue(name, value) });
  }

  const value = <Name extends KeyName>(name: Name): Values[Name] | undefined => {
    const text = texts.get(name)?.text;
    return text === undefined ? undefined : readers[name].read(text);
  };
  return {
    lineOf: (name) => texts.get(name)?.line,
    value,
    valueOrDefault: (name) => {
      const { default: text, read } = defaulted[name];
      const found = value(name) ?? read(text);
      if (found === undefined) throw new Error(`the default of ${name} is wrong`);
      return found;
    },
  };
};
