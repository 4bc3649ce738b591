import { parseArgs } from 'node:util';
import { readSettings, SettingsError } from '../lib/settings.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { DataFolderError, openDataFolder } from './data-folder.ts';
import { PortError } from './front-door.ts';
import { demoSettings } from './settings.ts';
import { welcome } from './welcome.ts';

const usage = `usage: npm start -- [--data DIR] [--settings FILE]
  --data DIR       keeps registrations, keys and endpoints in DIR between runs (default: in memory)
  --settings FILE  serves the apps of a settings file like pns-proxy.example.json (default: one app, demo)
  PORT             in the environment: the port on 127.0.0.1 (default 8080)`;

const readOptions = () => {
  const port = Number(process.env['PORT'] ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT: expected a port number');
  const { values } = parseArgs({ options: { data: { type: 'string' }, settings: { type: 'string' } } });
  return { ...values, port };
};

const fail = (message: string, code: number): never => {
  console.error(message);
  process.exit(code);
};

const optionsOrExit = () => {
  try {
    return readOptions();
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`, 2);
  }
};

/** Keeps the functions' lines back until it is opened, so that they do not stand above the welcome. */
const createLogGate = () => {
  let held: string[] | undefined = [];
  const print = (line: string) => process.stdout.write(`${line}\n`);
  return {
    onLog: (line: string): void => void (held?.push(line) ?? print(line)),
    open: (): void => {
      held?.forEach(print);
      held = undefined;
    },
  };
};

/** npm hands a Ctrl-C on to a program that has had it from the terminal already: within this, both are one. */
const sameCtrlCMs = 500;

const stopOnCtrlC = (cloud: LocalCloud): void => {
  let stopping: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stopping === undefined) {
      stopping = now;
      void cloud.close().then(() => process.exit(0));
    } else if (now - stopping > sameCtrlCMs) process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
};

const options = optionsOrExit();
const log = createLogGate();
try {
  const settings = options.settings === undefined ? demoSettings() : readSettings(options.settings);
  const cloud = await startLocalCloud({
    settings,
    port: options.port,
    onLog: log.onLog,
    ...(options.data !== undefined && { data: openDataFolder(options.data) }),
  });
  console.log(welcome(cloud.info, settings, performance.now()));
  log.open();
  stopOnCtrlC(cloud);
} catch (error) {
  const expected = [SettingsError, PortError, DataFolderError].some((type) => error instanceof type);
  // The functions may have said more of what nobody expected.
  if (!expected) log.open();
  fail(expected && error instanceof Error ? error.message : String(error), 1);
}
