import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import type { HttpResponse } from '../../../lambda/http/problem.ts';

type Json = Record<string, unknown>;
export type Schema = Json | boolean;
export type Content = Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;
type Response = { description: string; headers?: Json; content?: Content };
export type Operation = {
  operationId: string;
  security?: unknown[];
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, Response>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
};

const file = join(import.meta.dirname, '../../../docs/openapi.yaml');

/** As it is written, with its references. */
export const written: Document = parse(readFileSync(file, 'utf8'));

const at = (pointer: string): unknown =>
  pointer
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, name) => Object(value)[name], written);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** References to schemas stay: the schemas' own are what a validator resolves. */
const resolve = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(resolve);
  if (!isObject(value)) return value;
  const { $ref: reference } = value;
  if (typeof reference === 'string' && !reference.startsWith('#/components/schemas/'))
    return resolve(at(reference));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
};

const { paths } = resolve(written) as Document;

/** `POST /register` and the like, with what the document says of each. */
export const operations: Record<string, Operation> = Object.fromEntries(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
  ),
);

export const { schemas } = written.components;

/** A client takes fields that it does not know; our own answers hold none that is not described. */
const closed = (schema: Json): Json =>
  schema['type'] === 'object' && schema['properties'] !== undefined
    ? { additionalProperties: false, ...schema }
    : schema;

const local = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/'));

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
formats.default(ajv);
const definitions = local(
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)])),
);

/** @returns what is wrong with a value by a schema of the document; nothing where it is valid */
export const validator = (schema: Schema): ((value: unknown) => string[]) => {
  const validate = ajv.compile({ $defs: definitions, allOf: [local(schema)] });
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

const validators = new Map<Schema, ReturnType<typeof validator>>();

/** What is wrong with a function's answer by the document. */
export const complaintsAbout = (route: string, { statusCode, headers, body }: HttpResponse): string[] => {
  const response = operations[route]?.responses[statusCode];
  if (response === undefined) return [`${route} has no answer ${statusCode}`];
  const type = headers['content-type'] ?? 'none';
  const schema = response.content?.[type]?.schema;
  if (schema === undefined) return [`${route} has no answer ${statusCode} of type ${type}`];
  const validate = validators.get(schema) ?? validator(schema);
  validators.set(schema, validate);
  return validate(type.endsWith('json') ? JSON.parse(body) : body);
};
