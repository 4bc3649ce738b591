import type { Apps } from './core/apps.ts';
import type { ProviderSettings, StandIns } from './providers/provider-settings.ts';

/** The environment variables of the functions: `lib/` sets them, the functions read them, and nothing else is shared. */
export type Environment = {
  TABLE_NAME: string;
  /** JSON: {@link Apps}. */
  APPS: string;
  /** JSON: {@link ProviderSettings}. Names of secrets, and no credential. */
  PROVIDERS: string;
  /** JSON: {@link StandIns}. Set by `local/` alone. @default - the real ones */
  STAND_INS?: string;
  /** Where the platform applications are: `arn:aws:sns:eu-west-1:123456789012`. */
  SNS_ARN: string;
  /** Platform applications are named `<prefix>-<app>`. */
  APPLICATION_PREFIX: string;
  /** The ring window where a call names none, in seconds. */
  RING_SECONDS: string;
  /** Days that a registration lives unless it is renewed. */
  REGISTRATION_DAYS: string;
  /** How many registrations an extension may hold. */
  REGISTRATIONS_PER_EXTENSION: string;
  /** Calls a second that one PBX may make of one running copy of the function, on average. */
  CALLS_PER_SECOND: string;
  /** Calls that it may make at once. */
  CALLS_BURST: string;
  /** Tokens of one app that may be given up within an hour, whatever is usual. */
  GUARD_REFUSALS: string;
  /** And how many times as many as within a usual hour. */
  GUARD_TIMES_USUAL: string;
};

type Variables = Record<string, string | undefined>;

const text = (variables: Variables, name: keyof Environment): string => {
  const value = variables[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
};

const count = (variables: Variables, name: keyof Environment): number => {
  const value = Number(text(variables, name));
  if (!(value > 0)) throw new Error(`environment variable ${name} is not a number above 0`);
  return value;
};

/** Reads what a function asks for, and only that; fails by the variable's name. */
export const readEnvironment = (variables: Variables) => ({
  table: () => text(variables, 'TABLE_NAME'),
  apps: (): Apps => JSON.parse(text(variables, 'APPS')),
  providers: (): ProviderSettings => JSON.parse(text(variables, 'PROVIDERS')),
  standIns: (): StandIns | undefined => JSON.parse(variables['STAND_INS'] ?? 'null') ?? undefined,
  snsArn: () => text(variables, 'SNS_ARN'),
  sns: () => ({ arn: text(variables, 'SNS_ARN'), prefix: text(variables, 'APPLICATION_PREFIX') }),
  ringSeconds: () => count(variables, 'RING_SECONDS'),
  registrationDays: () => count(variables, 'REGISTRATION_DAYS'),
  registrationsPerExtension: () => count(variables, 'REGISTRATIONS_PER_EXTENSION'),
  brake: () => ({ perSecond: count(variables, 'CALLS_PER_SECOND'), burst: count(variables, 'CALLS_BURST') }),
  guard: () => ({
    refusals: count(variables, 'GUARD_REFUSALS'),
    timesUsual: count(variables, 'GUARD_TIMES_USUAL'),
  }),
});
