import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `node_modules/@hono/node-server/dist/index.js` gives `node_modules/@hono/node-server`; nested ones, the innermost. */
const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

const licenceOf = (folder: string): string => {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder} cannot be shipped: it names no licence`);
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  // Some packages only name it: then whose it is, at least.
  const holder = typeof author === 'string' ? author : author?.name;
  return [
    `${name} ${version} (${license})${texts.length === 0 && holder ? `, by ${holder}` : ''}`,
    ...texts.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim()),
  ].join('\n\n');
};

/**
 * The licences of the packages that sources come from, with their texts.
 * @param sources paths from root
 * @throws Error where a package names no licence
 */
export const notice = (root: string, sources: readonly string[]): string => {
  const folders = sources.flatMap((source) => packageFolder.exec(source) ?? []);
  const licences = [...new Set(folders)].toSorted().map((folder) => licenceOf(join(root, folder)));
  return `${['/usr/lib/pns/*.mjs contain parts of these packages.', ...licences].join(`\n\n${'-'.repeat(78)}\n\n`)}\n`;
};
