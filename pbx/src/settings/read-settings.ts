import { createGiven, type Given } from './given.ts';
import { type KeyName, keys } from './keys.ts';
import { type Fault, parseLines } from './lines.ts';
import { checkCertificates, ReferredFileError, readText } from './referred-files.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-error.ts';

export type ReadOptions = {
  /**
   * Without it the files of KEY_FILE and ARI_PASSWORD_FILE are left alone, and no key need be there: for a command
   * whose user may not read them. `key` may be '' then, and `ari` undefined.
   * @default true
   */
  needKey?: boolean;
  /** Is told what works, but should not stay so: a line each. @default nobody is */
  warn?: (warning: string) => void;
};

type Reading = { given: Given; faults: Fault[]; needKey: boolean; warn: (warning: string) => void };

const mostBytes = 1024 * 1024;
const mostSecretBytes = 4096;

const failing = async <Result>(
  { given, faults }: Reading,
  name: KeyName,
  path: string,
  read: (path: string) => Promise<Result>,
): Promise<Result | undefined> => {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof ReferredFileError)) throw error;
    faults.push({ line: given.lineOf(name), text: `${name}: expected ${error.message}: ${path}` });
    return undefined;
  }
};

/** A secret that stands in pns.conf, or in a file of its own that pns.conf names. */
const readSecret = async (
  reading: Reading,
  name: 'KEY' | 'ARI_PASSWORD',
  fileName: 'KEY_FILE' | 'ARI_PASSWORD_FILE',
): Promise<string | undefined> => {
  const { given, faults, needKey, warn } = reading;
  const line = given.lineOf(fileName);
  if (line !== undefined && given.lineOf(name) !== undefined) {
    faults.push({
      line,
      text: `${fileName}: expected either it or ${name}, which line ${given.lineOf(name)} has`,
    });
  }
  const path = given.value(fileName);
  if (path === undefined || !needKey) return given.value(name);
  const file = await failing(reading, fileName, path, () => readText(path, mostSecretBytes));
  if (file === undefined) return undefined;
  if (file.exposed) warn(`${fileName}: every user may read ${path}: chmod o-r`);
  const secret = keys[name].read(file.text.trim());
  if (secret === undefined) {
    faults.push({ line, text: `${fileName}: expected ${path} to hold ${keys[name].expected}` });
  }
  return secret;
};

const readAri = async (reading: Reading): Promise<Settings['ari']> => {
  const { given, faults, needKey } = reading;
  const password = await readSecret(reading, 'ARI_PASSWORD', 'ARI_PASSWORD_FILE');
  const [url, user] = [given.value('ARI_URL'), given.value('ARI_USER')];
  const has = {
    ARI_URL: given.lineOf('ARI_URL'),
    ARI_USER: given.lineOf('ARI_USER'),
    ARI_PASSWORD: given.lineOf('ARI_PASSWORD') ?? given.lineOf('ARI_PASSWORD_FILE'),
  };
  const line = Object.values(has).find((found) => found !== undefined);
  for (const [name, found] of Object.entries(has)) {
    if (line === undefined || found !== undefined) continue;
    faults.push({ line, text: `${name}: expected too, since ARI takes an address, a user and a password` });
  }
  if (url === undefined || user === undefined || (password === undefined && !needKey)) return undefined;
  return { url, user, password: password ?? '' };
};

const readKey = async (reading: Reading): Promise<string> => {
  const { given, faults, needKey } = reading;
  const key = await readSecret(reading, 'KEY', 'KEY_FILE');
  const isThere = given.lineOf('KEY') !== undefined || given.lineOf('KEY_FILE') !== undefined;
  if (needKey && !isThere) {
    faults.push({ line: undefined, text: `KEY or KEY_FILE: expected ${keys.KEY.expected}` });
  }
  return key ?? '';
};

const readAll = async (reading: Reading): Promise<Settings> => {
  const { given, faults } = reading;
  const pushUrl = given.value('PUSH_URL');
  if (given.lineOf('PUSH_URL') === undefined) {
    faults.push({ line: undefined, text: `PUSH_URL: expected ${keys.PUSH_URL.expected}` });
  }
  const caFile = given.value('CA_FILE');
  if (caFile !== undefined) await failing(reading, 'CA_FILE', caFile, checkCertificates);
  return {
    proxyAddress: given.valueOrDefault('PROXY_ADDRESS'),
    pushUrl: pushUrl ?? '',
    key: await readKey(reading),
    dataDir: given.valueOrDefault('DATA_DIR'),
    logFile: given.valueOrDefault('LOG_FILE'),
    logLevel: given.valueOrDefault('LOG_LEVEL'),
    logFormat: given.valueOrDefault('LOG_FORMAT'),
    caFile,
    httpsProxy: given.value('HTTPS_PROXY'),
    dnsServers: given.value('DNS_SERVERS') ?? [],
    app: given.value('APP'),
    legacyApplePlatform: given.valueOrDefault('LEGACY_APPLE_PLATFORM'),
    ringSeconds: given.valueOrDefault('RING_SECONDS'),
    wake: given.valueOrDefault('WAKE'),
    callDeadlineMs: given.valueOrDefault('CALL_DEADLINE_MS'),
    spoolDeadlineMs: given.valueOrDefault('SPOOL_DEADLINE_MS'),
    resolvConf: given.value('RESOLV_CONF'),
    ari: await readAri(reading),
  };
};

/** By line; what is missing comes last. */
const written = (file: string, faults: readonly Fault[]): string[] =>
  faults
    .toSorted(
      (one, other) => (one.line ?? Number.POSITIVE_INFINITY) - (other.line ?? Number.POSITIVE_INFINITY),
    )
    .map(({ line, text }) => `${file}${line === undefined ? '' : `:${line}`}: ${text}`);

const holdsSecret = ({ key, httpsProxy, ari }: Settings, given: Given): boolean =>
  (key !== '' && given.lineOf('KEY') !== undefined) ||
  (ari !== undefined && given.lineOf('ARI_PASSWORD') !== undefined) ||
  (httpsProxy !== undefined && new URL(httpsProxy).password !== '');

/**
 * Reads pns.conf.
 *
 * @throws SettingsError with all that is wrong in it
 */
export const readSettings = async (
  file: string,
  { needKey = true, warn = () => {} }: ReadOptions = {},
): Promise<Settings> => {
  const { text, exposed } = await readText(file, mostBytes).catch((cause) => {
    if (!(cause instanceof ReferredFileError)) throw cause;
    throw new SettingsError([`${file}: expected ${cause.message}`], { cause });
  });
  const { lines, faults } = parseLines(text);
  const given = createGiven(lines, faults);
  const settings = await readAll({ given, faults, needKey, warn });
  if (faults.length > 0) throw new SettingsError(written(file, faults));
  if (exposed && holdsSecret(settings, given))
    warn(`${file}: holds a secret, and every user may read it: chmod o-r`);
  return settings;
};
