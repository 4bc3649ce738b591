import { expect, it } from 'vitest';
import { routes } from '../../local/api-gateway.ts';
import { operations } from '../http/support/document.ts';

// test/http/openapi.test.ts holds the document's routes to those of the deployed API.
it('the local cloud has the routes of docs/openapi.yaml, and asks for a key on all but /health', () => {
  expect(Object.keys(routes).sort()).toEqual(Object.keys(operations).sort());
  const open = Object.entries(routes).filter(([, { authorized }]) => !authorized);
  expect(open.map(([route]) => route)).toEqual(['GET /health']);
});
