import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installSwift } from '../emulators/install.ts';
import { startProgram } from './program.ts';

const sources = [
  'test/samples/swift/CallKit.swift',
  'test/samples/swift/PushKit.swift',
  'docs/samples/swift/PushedCalls.swift',
  'docs/samples/swift/CallPushes.swift',
  'test/samples/swift/Main.swift',
];

/** As one program: what is Apple's is in it, and not in modules. */
const joined = (): string =>
  sources
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
    .replaceAll(/^import (CallKit|PushKit)$/gm, '');

/**
 * Compiles the samples, with stubs for what is Apple's, and runs them; undefined on a machine that Swift cannot be
 * fetched for.
 */
export const startSwift = async () => {
  const debian = await installSwift();
  if (debian === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'pns-swift-'));
  const source = join(folder, 'main.swift');
  writeFileSync(source, joined());
  const [libraries, swift] = [join(debian, 'usr/lib/x86_64-linux-gnu'), join(debian, 'usr/libexec/swift')];
  const resources = join(swift, 'lib/swift');
  const paths = [libraries, join(resources, 'linux'), join(resources, 'host')].join(':');
  const program = startProgram(join(libraries, 'ld-linux-x86-64.so.2'), [
    ...['--library-path', paths, join(swift, 'bin/swift-frontend')],
    ...['-interpret', source, '-sdk', debian, '-resource-dir', resources],
  ]);
  return {
    step: (what: Record<string, unknown>, push?: object) =>
      program.ask(JSON.stringify(push === undefined ? what : { ...what, push })),
    close: async () => {
      await program.close();
      rmSync(folder, { recursive: true });
    },
  };
};
