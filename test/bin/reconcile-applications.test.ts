import { expect, test } from 'vitest';
import { applicationsOf } from '../../bin/admin/reconcile/find.ts';
import { snsPlatformOf } from '../../lambda/aws/sns-message.ts';
import { environments, platforms } from '../../lambda/core/contract.ts';
import { hasEndpoints } from '../../lambda/core/registration.ts';

test('reconcile looks at every platform application that a registration may be of, and at each once', () => {
  const every = platforms.flatMap((platform) =>
    environments
      .map((environment) => ({ app: 'one', platform, environment }))
      .filter(hasEndpoints)
      .map(snsPlatformOf),
  );
  const looked = applicationsOf({ apps: ['one', 'two'] }).map((of) => `${of.app} ${snsPlatformOf(of)}`);
  expect(looked).toEqual(
    ['one', 'two'].flatMap((app) => [...new Set(every)].map((name) => `${app} ${name}`)),
  );
});
