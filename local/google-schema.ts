/** What a field of FCM's JSON may hold. A `{ list }`, `{ map }` or `{ oneOf }` says of what; `{ fields }` is an object. */
export type Kind =
  | 'string'
  | 'bool'
  | 'integer'
  | 'number'
  | 'duration'
  | 'timestamp'
  | 'any object'
  | { list: Kind }
  | { map: 'string' }
  | { oneOf: readonly string[] }
  | Schema;

export type Schema = { fields: Readonly<Record<string, Kind>> };

const options: Schema = { fields: { analytics_label: 'string' } };
const optionsWithImage: Schema = { fields: { analytics_label: 'string', image: 'string' } };
const strings: Kind = { map: 'string' };

const androidNotification: Schema = {
  fields: {
    title: 'string',
    body: 'string',
    icon: 'string',
    color: 'string',
    sound: 'string',
    tag: 'string',
    click_action: 'string',
    body_loc_key: 'string',
    body_loc_args: { list: 'string' },
    title_loc_key: 'string',
    title_loc_args: { list: 'string' },
    channel_id: 'string',
    ticker: 'string',
    sticky: 'bool',
    event_time: 'timestamp',
    local_only: 'bool',
    notification_priority: {
      oneOf: [
        'PRIORITY_UNSPECIFIED',
        'PRIORITY_MIN',
        'PRIORITY_LOW',
        'PRIORITY_DEFAULT',
        'PRIORITY_HIGH',
        'PRIORITY_MAX',
      ],
    },
    default_sound: 'bool',
    default_vibrate_timings: 'bool',
    default_light_settings: 'bool',
    vibrate_timings: { list: 'duration' },
    visibility: { oneOf: ['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'] },
    notification_count: 'integer',
    light_settings: {
      fields: {
        color: { fields: { red: 'number', green: 'number', blue: 'number', alpha: 'number' } },
        light_on_duration: 'duration',
        light_off_duration: 'duration',
      },
    },
    image: 'string',
    bypass_proxy_notification: 'bool',
    proxy: { oneOf: ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'] },
  },
};

const android: Schema = {
  fields: {
    collapse_key: 'string',
    priority: { oneOf: ['NORMAL', 'HIGH'] },
    ttl: 'duration',
    restricted_package_name: 'string',
    data: strings,
    notification: androidNotification,
    fcm_options: options,
    direct_boot_ok: 'bool',
    bandwidth_constrained_ok: 'bool',
    restricted_satellite_ok: 'bool',
  },
};

/** The body of `projects.messages.send` (REST reference of Firebase Cloud Messaging, v1). */
export const sendRequest: Schema = {
  fields: {
    validate_only: 'bool',
    message: {
      fields: {
        name: 'string',
        data: strings,
        notification: { fields: { title: 'string', body: 'string', image: 'string' } },
        android,
        webpush: {
          fields: {
            headers: strings,
            data: strings,
            notification: 'any object',
            fcm_options: { fields: { link: 'string', analytics_label: 'string' } },
          },
        },
        apns: {
          fields: {
            headers: strings,
            payload: 'any object',
            fcm_options: optionsWithImage,
            live_activity_token: 'string',
          },
        },
        fcm_options: options,
        token: 'string',
        topic: 'string',
        condition: 'string',
      },
    },
  },
};

/** Google takes `snake_case` and `camelCase` names alike ("ProtoJSON Format", Protocol Buffers). */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field that is not as it should be, in Google's words. */
export type Violation = { field: string; description: string };

const scalars: Record<Exclude<Kind, object>, { type: string; holds: (value: unknown) => boolean }> = {
  string: { type: 'TYPE_STRING', holds: (value) => typeof value === 'string' },
  bool: { type: 'TYPE_BOOL', holds: (value) => typeof value === 'boolean' },
  integer: { type: 'TYPE_INT32', holds: (value) => Number.isInteger(value) },
  number: { type: 'TYPE_FLOAT', holds: (value) => typeof value === 'number' },
  duration: {
    type: 'type.googleapis.com/google.protobuf.Duration',
    holds: (value) => typeof value === 'string' && /^\d+(\.\d{1,9})?s$/.test(value),
  },
  timestamp: {
    type: 'type.googleapis.com/google.protobuf.Timestamp',
    holds: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  },
  'any object': { type: 'type.googleapis.com/google.protobuf.Struct', holds: isObject },
};

const invalid = (path: string, type: string, value: unknown): Violation => ({
  field: path,
  description: `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`,
});

const unknownName = (path: string, name: string): Violation => ({
  field: path,
  description: `Invalid JSON payload received. Unknown name "${name}"${path && ` at '${path}'`}: Cannot find field.`,
});

/** Every way in which a value departs from its kind. `null` is a field left out, as everywhere in ProtoJSON. */
export const violationsOf = (kind: Kind, value: unknown, path = ''): Violation[] => {
  if (value === null) return [];
  if (typeof kind === 'string') {
    const { type, holds } = scalars[kind];
    return holds(value) ? [] : [invalid(path, type, value)];
  }
  if ('oneOf' in kind) {
    const known = typeof value === 'string' && kind.oneOf.includes(value.toUpperCase());
    return known ? [] : [invalid(path, 'TYPE_ENUM', value)];
  }
  if ('list' in kind) {
    if (!Array.isArray(value)) return [invalid(path, 'repeated', value)];
    return value.flatMap((item, index) => violationsOf(kind.list, item, `${path}[${index}]`));
  }
  if (!isObject(value)) return [invalid(path, 'map' in kind ? 'map' : 'object', value)];
  if ('map' in kind) {
    return Object.values(value).flatMap((item, index) =>
      item === null
        ? [invalid(`${path}[${index}].value`, scalars[kind.map].type, item)]
        : violationsOf(kind.map, item, `${path}[${index}].value`),
    );
  }
  return Object.entries(value).flatMap(([name, item]) => {
    const field = snakeCase(name);
    const known = Object.hasOwn(kind.fields, field) ? kind.fields[field] : undefined;
    if (known === undefined) return [unknownName(path, name)];
    return violationsOf(known, item, path ? `${path}.${field}` : field);
  });
};
