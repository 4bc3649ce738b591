import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Below the project, and ignored by git: a fresh clone installs once. */
const cache = resolve('.emulators');

/** A registry may be slow, but never this slow. In milliseconds. */
const installMs = 5 * 60_000;

/**
 * Installs something once for each version of what describes it. It is complete, or not there: it is made in a folder of
 * its own, which is then renamed.
 *
 * @param description its change makes another installation
 * @returns the folder
 */
const installOnce = async (
  name: string,
  description: string,
  install: (folder: string) => Promise<void>,
): Promise<string> => {
  const version = createHash('sha256').update(description).digest('hex').slice(0, 12);
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, `${name}-`));
  try {
    await install(made);
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another run may have been quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
};

const here = (file: string): string => join('test/emulators', file);
const options = { timeout: installMs, maxBuffer: 16 * 1024 * 1024 };

/** Programs of PyPI: those of a list, with all that they need. Gives the folder of their commands. */
const installPrograms = async (name: string, list: string): Promise<string> => {
  const requirements = here(list);
  const folder = await installOnce(name, readFileSync(requirements, 'utf8'), async (made) => {
    await run('python3', ['-m', 'venv', '--copies', join(made, 'venv')], options);
    await run(join(made, 'venv/bin/python'), ['-m', 'pip', 'install', '-q', '-r', requirements], options);
  });
  return join(folder, 'venv/bin');
};

/** MiniStack. */
export const installPython = () => installPrograms('python', 'requirements.txt');

/** cfn-lint and checkov. */
export const installTemplateTools = () => installPrograms('template-tools', 'template-tools.txt');

export const installSchemathesis = () => installPrograms('schemathesis', 'schemathesis.txt');

/** Jars of Maven Central: what a pom names, with all that it needs. Gives their folder. */
const installJars = async (name: string): Promise<string> => {
  const pom = here(`${name}/pom.xml`);
  const folder = await installOnce(name, readFileSync(pom, 'utf8'), async (made) => {
    const target = `-DoutputDirectory=${join(made, 'lib')}`;
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', target], options);
  });
  return join(folder, 'lib');
};

/** pushy and what it needs. Gives Java's class path. */
export const installPushy = async (): Promise<string> => join(await installJars('pushy'), '*');

/** The Kotlin compiler. Gives the folder of its jars. */
export const installKotlin = () => installJars('kotlin');

/**
 * Debian's Swift compiler and what it needs, unpacked, of its stable release whatever the machine's own is: 450 MB to
 * fetch. Gives the folder; undefined on a machine that has no apt and keyring of Debian's.
 */
export const installSwift = async (): Promise<string | undefined> => {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  if (process.arch !== 'x64' || !existsSync(keyring) || !existsSync('/usr/bin/apt-get')) return undefined;
  const script = here('swift/install.sh');
  const folder = await installOnce('swift', readFileSync(script, 'utf8'), async (made) => {
    await run('bash', [script, made, keyring], options);
  });
  return folder;
};
