import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Named = { properties: Record<string, unknown>; required: string[]; additionalProperties: boolean };

const file = join(import.meta.dirname, '../../docs/payload.schema.json');
/** docs/payload.schema.json, and what it says of each type. */
export const schema: { oneOf: { $ref: string }[]; $defs: Record<string, Named> } = JSON.parse(
  readFileSync(file, 'utf8'),
);

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);
const validate = ajv.compile(schema);

/** What is wrong with a flat map by the schema; nothing where it is valid. */
export const payloadComplaints = (data: unknown): string[] =>
  validate(data)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
