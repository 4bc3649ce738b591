import type { Context } from 'hono';
import { lists, readers } from './fields.ts';
import { invalid, RequestError } from './problems.ts';

/** They narrow nothing down, and are empty where a caller withholds them. */
const whoCalled = new Set(['from', 'fromName']);

type Entry = readonly [name: string, value: unknown];

/** How whatever is sent alone is told to whoever sent another thing. */
const bodies = 'application/x-www-form-urlencoded, multipart/form-data or application/json';

/**
 * The fields of a request: of its query and its body, which may be a form or JSON. What a query or form leaves empty is
 * not there, since scripts send every variable they have.
 *
 * @param narrowing there a field that is empty is refused: without it the request would be for more than was meant
 * @throws RequestError
 */
export const readInput = async (context: Context, { narrowing }: { narrowing: boolean }): Promise<object> => {
  const query = [...new URL(context.req.url).searchParams];
  const { form, json } = await readBody(context);
  const texts = [...query, ...form];
  if (narrowing) {
    const empty = [...texts, ...json].filter(([name, value]) => value === '' && !whoCalled.has(name));
    if (empty.length > 0)
      throw invalid(empty.map(([path]) => ({ path, expected: 'not empty: leave it out' })));
  }
  return collect([...texts.filter(([, value]) => value !== '').map(readText), ...json]);
};

const readBody = async (context: Context): Promise<{ form: [string, string][]; json: Entry[] }> => {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (context.req.method !== 'POST') return { form: [], json: [] };
  if (type === 'multipart/form-data') return { form: await readMultipart(context), json: [] };

  const text = await context.req.text();
  if (text === '') return { form: [], json: [] };
  if (type === 'application/x-www-form-urlencoded') return { form: [...new URLSearchParams(text)], json: [] };
  if (type === 'application/json') return { form: [], json: Object.entries(readJson(text)) };
  throw new RequestError('unknown-body', `a body is ${bodies}`);
};

const readMultipart = async (context: Context): Promise<[string, string][]> => {
  const form = await context.req.formData().catch((cause: unknown) => {
    throw new RequestError('invalid-request', 'the body is not multipart/form-data', [], cause);
  });
  return [...form].map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    throw invalid([{ path: '', expected: 'fields alone, no files' }]);
  });
};

const readJson = (text: string): object => {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new RequestError('invalid-json', 'the body is not JSON');
  }
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
  throw new RequestError('invalid-json', 'the body is no JSON object');
};

const readText = ([name, value]: [string, string]): Entry => {
  if (lists.has(name)) return [name, value.split(',').filter((item) => item !== '')];
  return [name, Object.hasOwn(readers, name) ? readers[name]?.(value) : value];
};

const collect = (entries: readonly Entry[]): object => {
  const collected = new Map<string, unknown>();
  for (const [name, value] of entries) {
    const before = collected.get(name);
    if (before === undefined) collected.set(name, value);
    else if (Array.isArray(before) && Array.isArray(value)) collected.set(name, [...before, ...value]);
    else throw invalid([{ path: name, expected: 'once' }]);
  }
  return Object.fromEntries(collected);
};
