import { readSubscription } from '../../lambda/core/subscription.ts';

/** In characters: whatever part of a token is twice as long, holds one of these whole. */
const blockLength = 16;

/** What nobody may learn: a token or, of a browser's, the part of its push address that names it, and its keys. */
const secretsIn = (token: string): string[] => {
  const subscription = readSubscription(token);
  if (subscription === undefined) return [token];
  const { p256dh, auth } = subscription.keys;
  return [new URL(subscription.endpoint).pathname.split('/').at(-1) ?? '', p256dh, auth];
};

const blocksOf = (secret: string): string[] =>
  Array.from({ length: Math.floor(secret.length / blockLength) }, (_, index) =>
    secret.slice(index * blockLength, (index + 1) * blockLength).toLowerCase(),
  );

/** The cases of which a token, or a long part of one, is in the logs. */
export const casesLogged = (logs: string, caseOf: ReadonlyMap<string, string>): string[] => {
  const blocks = new Map(
    [...caseOf].flatMap(([token, name]) =>
      secretsIn(token)
        .flatMap(blocksOf)
        .map((block) => [block, name] as const),
    ),
  );
  const text = logs.toLowerCase();
  const found = new Set<string>();
  for (let at = 0; at + blockLength <= text.length; at += 1) {
    const name = blocks.get(text.slice(at, at + blockLength));
    if (name !== undefined) found.add(name);
  }
  return [...found];
};
