import { expect } from 'vitest';
import type { Operation } from './operation.ts';

const path = '/devices?extension=101';

/** `/devices`, and the keys that API Gateway asks about. */
export const lookUps: readonly Operation[] = [
  {
    name: 'devices',
    asks: ['Query'],
    prepare: (subject) => subject.registered(),
    act: ({ pbx }) => pbx.get(path),
    acknowledged: async (_, { body }) => expect(body['devices']).toHaveLength(1),
  },
  {
    name: 'authorize, a right key',
    asks: ['GetItem', 'Query'],
    prepare: (subject) => subject.registered(),
    act: ({ fresh }) => fresh.get(path),
    acknowledged: async (_, { body }) => expect(body['devices']).toHaveLength(1),
  },
  {
    name: 'authorize, a wrong key',
    asks: ['GetItem'],
    prepare: (subject) => subject.registered(),
    act: ({ stranger }) => stranger.get(path),
    isDone: ({ status }) => status === 403,
    acknowledged: async (_, { body }) => expect(body).toEqual({ message: 'Forbidden' }),
  },
];
