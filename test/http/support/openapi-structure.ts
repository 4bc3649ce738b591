/**
 * The shape of an OpenAPI document (OpenAPI Specification 3.1.0, section 4.8), as far as ours uses it. Stricter than
 * the specification where that leaves a description out.
 */
const ref = (name: string) => ({ $ref: `#/$defs/${name}` });
const reference = {
  type: 'object',
  additionalProperties: false,
  required: ['$ref'],
  properties: { $ref: { type: 'string', pattern: '^#/components/' } },
};
const orReference = (name: string) => ({ oneOf: [reference, ref(name)] });
const text = { type: 'string', minLength: 1 };
const record = (values: object) => ({ type: 'object', minProperties: 1, additionalProperties: values });
const object = (required: string[], properties: Record<string, object>) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const requirement = { type: 'array', items: record({ type: 'array', maxItems: 0, items: {} }) };

export const openApiStructure = {
  ...object(['openapi', 'info', 'servers', 'security', 'paths', 'components'], {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: object(['title', 'version', 'description'], {
      title: text,
      version: text,
      description: text,
      license: object(['name', 'identifier'], { name: text, identifier: text }),
    }),
    servers: {
      type: 'array',
      minItems: 1,
      items: object(['url'], { url: { type: 'string', format: 'uri' }, description: text }),
    },
    security: requirement,
    paths: {
      type: 'object',
      propertyNames: { pattern: '^/' },
      additionalProperties: { ...record(ref('operation')), propertyNames: { enum: ['get', 'post'] } },
    },
    components: object(['securitySchemes', 'schemas'], {
      securitySchemes: record(
        object(['type', 'scheme'], {
          type: { const: 'http' },
          scheme: { const: 'bearer' },
          bearerFormat: text,
          description: text,
        }),
      ),
      headers: record(ref('header')),
      responses: record(ref('response')),
      schemas: record({ type: 'object' }),
    }),
  }),
  $defs: {
    operation: object(['operationId', 'summary', 'description', 'responses'], {
      operationId: text,
      summary: text,
      description: text,
      security: requirement,
      parameters: {
        type: 'array',
        items: object(['name', 'in', 'schema'], {
          name: text,
          in: { enum: ['query'] },
          required: { type: 'boolean' },
          description: text,
          schema: { type: 'object' },
          examples: ref('examples'),
        }),
      },
      requestBody: object(['required', 'content'], { required: { const: true }, content: ref('content') }),
      responses: { ...record(orReference('response')), propertyNames: { pattern: '^[2-5]\\d\\d$' } },
    }),
    response: object(['description', 'content'], {
      description: text,
      headers: record(orReference('header')),
      content: ref('content'),
    }),
    header: object(['description', 'schema'], { description: text, schema: { type: 'object' } }),
    content: {
      ...record(object(['schema'], { schema: { type: 'object' }, examples: ref('examples') })),
      propertyNames: { enum: ['application/json', 'application/problem+json', 'text/plain'] },
    },
    examples: record(object(['value'], { value: {} })),
  },
};
