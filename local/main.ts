import { parseArgs } from 'node:util';
import { readSettings, SettingsError } from '../lib/settings.ts';
import { startLocalCloud } from './cloud.ts';
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

const options = optionsOrExit();
try {
  const settings = options.settings === undefined ? demoSettings() : readSettings(options.settings);
  const cloud = await startLocalCloud({
    settings,
    port: options.port,
    onLog: (line) => process.stdout.write(`${line}\n`),
    ...(options.data !== undefined && { data: openDataFolder(options.data) }),
  });
  console.log(welcome(cloud.info, settings, performance.now()));

  const stop = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    void cloud.close().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  const expected = [SettingsError, PortError, DataFolderError].some((type) => error instanceof type);
  fail(expected && error instanceof Error ? error.message : String(error), 1);
}
