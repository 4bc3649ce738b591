import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installKotlin } from '../emulators/install.ts';
import { startProgram } from './program.ts';

const run = promisify(execFile);

/** Compiles the samples, with stubs for what is Android's, Google's and Huawei's, and runs them. A warning is a failure. */
export const startKotlin = async () => {
  const jars = await installKotlin();
  const out = mkdtempSync(join(tmpdir(), 'pns-kotlin-'));
  const library = join(jars, 'kotlin-stdlib-2.2.20.jar');
  const compiler = ['-cp', join(jars, '*'), 'org.jetbrains.kotlin.cli.jvm.K2JVMCompiler', '-Werror'];
  const sources = ['docs/samples/kotlin', 'test/samples/kotlin'];
  await run('java', [...compiler, '-no-stdlib', '-no-reflect', '-cp', library, '-d', out, ...sources]);
  const program = startProgram('java', ['-cp', `${out}:${library}`, 'com.example.phone.MainKt']);
  return {
    step: (what: Record<string, string>, push: Record<string, string> = {}) => {
      const named = Object.entries(push).map(([key, value]) => [`push.${key}`, value]);
      const pairs = [...Object.entries(what), ...named];
      return program.ask(pairs.map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&'));
    },
    close: async () => {
      await program.close();
      rmSync(out, { recursive: true });
    },
  };
};
