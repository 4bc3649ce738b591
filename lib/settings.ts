import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { providerSettings, servedApps } from './served-apps.ts';
import { type Settings, settingsSchema } from './settings-schema.ts';
import { snsPlatforms } from './sns-platforms.ts';

export type { Settings } from './settings-schema.ts';

/** Says what is wrong with the settings: one line a fault, each with its path and what was expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('\n'), options);
    this.faults = faults;
  }
}

/**
 * What the functions' environment may take up with APPS and PROVIDERS. Lambda allows 4 KB for all variables of a function
 * (AWS Lambda quotas, "Environment variables"); the rest, mostly names, stays under 1 KB.
 */
const appsBytes = 3072;

/** How long the id of a secret's version is: a UUID, as Secrets Manager makes them. AWSCURRENT is shorter. */
const versionIdLength = 36;

/**
 * How many platform applications may have delivery status: each is a resource and two log groups in one stack, and two
 * filters in the other, and CloudFormation takes 500 resources a stack.
 */
const mostDeliveryStatus = 100;

/** Keys that start with `//` are comments: JSON has no others. */
const withoutComments = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('//'))
      .map(([key, inner]) => [key, withoutComments(inner)]),
  );
};

/** A long text is not repeated: somebody may have pasted a credential where its secret's name belongs. */
const shown = (input: unknown): string => {
  if (input === undefined) return 'nothing';
  if (typeof input === 'string') {
    return input.length > 64 ? `a text of ${input.length} characters` : JSON.stringify(input);
  }
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' && input !== null ? 'an object' : String(input);
};

const fault = (issue: v.BaseIssue<unknown>): string => {
  if (issue.expected === 'never') return `${v.getDotPath(issue)}: ${issue.message}`;
  const last = issue.path?.at(-1);
  const message = `expected ${issue.message}, got ${shown(last?.origin === 'value' ? last.value : issue.input)}`;
  const path = v.getDotPath(issue);
  return path ? `${path}: ${message}` : message;
};

/** Valibot's records drop these without a word. */
const unheard: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** As if each secret's version were set by its id: so to change a credential never crosses the limit. */
const environmentBytes = (apps: Settings['apps']): number => {
  const roomForId = (key: string, value: unknown) =>
    key === 'secretVersion' ? String(value).padEnd(versionIdLength) : value;
  return [servedApps(apps), providerSettings(apps)]
    .map((value) => Buffer.byteLength(JSON.stringify(value, roomForId)))
    .reduce((sum, bytes) => sum + bytes);
};

const afterwards = (settings: Settings): string[] => {
  const faults: string[] = [];
  const { provisionedConcurrency, reservedConcurrency } = settings;
  if (provisionedConcurrency && reservedConcurrency && provisionedConcurrency > reservedConcurrency) {
    faults.push(
      `provisionedConcurrency: expected at most reservedConcurrency, ${reservedConcurrency}, got ${provisionedConcurrency}`,
    );
  }
  const bytes = environmentBytes(settings.apps);
  if (bytes > appsBytes) {
    faults.push(
      `apps: expected apps that fit a function's environment (their names, bundle ids, Huawei and Web Push sides in ${appsBytes} bytes), got ${Object.keys(settings.apps).length} apps of ${bytes} bytes`,
    );
  }
  const applications = Object.values(settings.apps).flatMap(snsPlatforms).length;
  if (settings.deliveryStatus && applications > mostDeliveryStatus) {
    faults.push(
      `deliveryStatus: expected false with more than ${mostDeliveryStatus} platform applications (one for Google and four for Apple in each app), got true with ${applications}`,
    );
  }
  return faults;
};

/**
 * Checks settings and fills in what was left out.
 * @throws SettingsError with every fault that was found
 */
export const parseSettings = (value: unknown): Settings => {
  const named = Object.keys(Object(Object(value).apps)).find((name) => unheard.has(name));
  if (named !== undefined) throw new SettingsError([`apps: expected no app with the name "${named}"`]);
  const result = v.safeParse(settingsSchema, withoutComments(value));
  if (!result.success) throw new SettingsError(result.issues.map(fault));
  const faults = afterwards(result.output);
  if (faults.length > 0) throw new SettingsError(faults);
  return result.output;
};

const parsedFile = (file: string): unknown => {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(['expected a readable file'], { cause: error });
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    const detail = error instanceof SyntaxError ? `: ${error.message}` : '';
    throw new SettingsError([`expected JSON${detail}`], { cause: error });
  }
};

/**
 * Reads the settings of a deployment from a JSON file.
 * @throws SettingsError with every fault that was found, each behind the file's name
 */
export const readSettings = (file: string): Settings => {
  try {
    return parseSettings(parsedFile(file));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError(
      error.faults.map((found) => `${file}: ${found}`),
      { cause: error },
    );
  }
};
