import { SnsError } from './errors.ts';

export type MessageAttribute = {
  dataType: string | undefined;
  stringValue: string | undefined;
  binaryValue: string | undefined;
};

/** One request of the AWS query protocol: a form whose names carry the structure. */
export type Query = {
  action: string;
  optional(name: string): string | undefined;
  /** Throws ValidationError where the parameter is absent, as the service's front end does. */
  required(name: string): string;
  /** `<name>.entry.N.key` and `.value`; undefined where there is not one entry. */
  map(name: string): Record<string, string> | undefined;
  /** `MessageAttributes.entry.N.Name`, `.Value.DataType`, `.Value.StringValue`, `.Value.BinaryValue`. */
  messageAttributes(): Map<string, MessageAttribute>;
};

const missing = (name: string): SnsError => {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return new SnsError(
    'ValidationError',
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
};

/** Yields the prefixes `<name>.entry.1`, `.2`, … for as long as an entry has its key. */
function* entries(form: URLSearchParams, name: string, key: string): Generator<[string, string]> {
  for (let n = 1; ; n += 1) {
    const prefix = `${name}.entry.${n}`;
    const found = form.get(`${prefix}.${key}`);
    if (found === null) return;
    yield [prefix, found];
  }
}

/**
 * Decodes a request body.
 * @throws SnsError `MissingAction` where the form names none.
 */
export const parseQuery = (body: string): Query => {
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  if (!action) throw new SnsError('MissingAction', 'Missing Action');
  const optional = (name: string) => form.get(name) ?? undefined;
  return {
    action,
    optional,
    required(name) {
      const value = optional(name);
      if (value === undefined) throw missing(name);
      return value;
    },
    map(name) {
      const found = [...entries(form, name, 'key')];
      if (found.length === 0) return undefined;
      return Object.fromEntries(found.map(([prefix, key]) => [key, form.get(`${prefix}.value`) ?? '']));
    },
    messageAttributes() {
      const found = new Map<string, MessageAttribute>();
      for (const [prefix, name] of entries(form, 'MessageAttributes', 'Name')) {
        found.set(name, {
          dataType: optional(`${prefix}.Value.DataType`),
          stringValue: optional(`${prefix}.Value.StringValue`),
          binaryValue: optional(`${prefix}.Value.BinaryValue`),
        });
      }
      return found;
    },
  };
};

/** The attributes of a request that must have some. */
export const requiredMap = (query: Query, name: string): Record<string, string> => {
  const map = query.map(name);
  if (!map) throw missing(name);
  return map;
};
