import type { Command } from 'commander';
import type { Settings } from '../settings/settings.ts';
import { spoolFileOf } from '../spool/spool-file.ts';
import { callCount, extension, spoolId } from './arguments.ts';
import type { Terminal } from './terminal.ts';

type Json = { json?: true };

type Surroundings = {
  configFile: () => string;
  /** Makes what an action gives the exit code. */
  run: <Given extends readonly unknown[]>(
    action: (...given: Given) => Promise<number>,
  ) => (...given: Given) => Promise<void>;
  terminal: Terminal;
};

const json = ['--json', 'for programs'] as const;

/** The commands beside the daemon. What one needs is loaded once it is asked for, so that each starts quickly. */
export const addCommands = (program: Command, { configFile, run, terminal }: Surroundings): void => {
  const settingsOf = async (options: { needKey: boolean }): Promise<Settings> => {
    const { readSettings } = await import('../settings/read-settings.ts');
    return readSettings(configFile(), options);
  };
  /** Settings of a command that speaks to the daemon or reads its files: that needs no key. */
  const settings = () => settingsOf({ needKey: false });
  /** Does something that only the running daemon can. */
  const ask = async (question: (known: Settings) => Promise<number>): Promise<number> => {
    const { withDaemon } = await import('./with-daemon.ts');
    const known = await settings();
    return withDaemon(known, () => question(known));
  };

  program
    .command('status')
    .description('Show whether the daemon runs, and how it fares.')
    .option(...json)
    .action(
      run(async (options: Json) => {
        const { showStatus } = await import('./status.ts');
        return ask((known) => showStatus(known, options, terminal));
      }),
    );

  program
    .command('stop')
    .description('Stop the daemon; end it if it is stuck. What it has acknowledged is not lost.')
    .action(
      run(async () => {
        const { stopDaemon } = await import('./stop.ts');
        return ask((known) => stopDaemon(known, terminal));
      }),
    );

  program
    .command('reload')
    .description('Have the daemon read its settings anew, without dropping a request.')
    .action(
      run(async () => {
        const { reloadSettings } = await import('./reload.ts');
        return ask((known) => reloadSettings(known, terminal));
      }),
    );

  program
    .command('devices')
    .description('List the phones of an extension, as the proxy knows them.')
    .argument('<ext>', 'the extension', extension)
    .option(...json)
    .action(
      run(async (ext: string, options: Json) => {
        const { showDevices } = await import('./devices.ts');
        const { createProxyClient } = await import('../proxy/proxy-client.ts');
        const client = createProxyClient(await settingsOf({ needKey: true }));
        return showDevices(client, ext, options, terminal).finally(() => client.close());
      }),
    );

  program
    .command('test-call')
    .description('Wake the phones of an extension with a real push that is marked as a test.')
    .argument('<ext>', 'the extension', extension)
    .option(...json)
    .action(
      run(async (ext: string, options: Json) => {
        const { testCall } = await import('./test-call.ts');
        return ask((known) => testCall(known, ext, options, terminal));
      }),
    );

  program
    .command('why')
    .description('Tell what became of a call, and why a phone stayed silent, from the log of pns.')
    .argument('<call>', 'the UUID or the SIP Call-ID of a call; or an extension, for its latest calls')
    .option('--last <number>', 'how many calls at most', callCount, 5)
    .option(...json)
    .action(
      run(async (name: string, options: Json & { last: number }) => {
        const { showWhy } = await import('./why.ts');
        const { openLogSource } = await import('./log-source.ts');
        const known = await settings();
        return showWhy(await openLogSource(known), name, { ...known, ...options, now: Date.now() }, terminal);
      }),
    );

  program
    .command('doctor')
    .description(
      'Look for what keeps phones from being woken, with the remedy for each. Exit code 0: nothing.',
    )
    .option('--extension <ext>', 'look at this extension too', extension)
    .option(...json)
    .action(
      run(async (options: Json & { extension?: string }) => {
        const { doctor } = await import('../doctor/doctor.ts');
        const known = await settingsOf({ needKey: true });
        return doctor(known, { json: false, ...options, out: terminal.out });
      }),
    );

  program
    .command('import')
    .description(
      'Take over an old token table, once, before the PBX is pointed at pns: one JSON object a line, or CSV whose first line names its columns (extension, token, …).',
    )
    .argument('<file>', 'the table; - is standard input')
    .option('--force', 'also where pns has taken requests before, though the table goes over them')
    .action(
      run(async (file: string, options: { force?: true }) => {
        const { importFile } = await import('./import.ts');
        const known = await settings();
        return importFile(file, spoolFileOf(known), known, options, terminal);
      }),
    );

  const spool = program
    .command('spool')
    .description('Registers, updates and deletes on their way to the proxy.');
  spool
    .command('list', { isDefault: true })
    .description('List what has not reached the proxy, and what it refused for good.')
    .option(...json)
    .action(
      run(async (options: Json) => {
        const { showSpool } = await import('./spool.ts');
        return showSpool(spoolFileOf(await settings()), options, terminal);
      }),
    );
  spool
    .command('retry')
    .description('Send again what was kept aside.')
    .argument('[id]', 'the request', spoolId)
    .option('--all', 'all of them')
    .action(
      run(async (id: number | undefined, { all }: { all?: true }, command: Command) => {
        if ((id === undefined) !== (all === true)) command.error('error: name one request, or give --all');
        const { retrySpooled } = await import('./spool.ts');
        return retrySpooled(spoolFileOf(await settings()), id ?? 'all', terminal);
      }),
    );
  spool
    .command('drop')
    .description('Give up a request, kept aside or still to be sent.')
    .argument('<id>', 'the request', spoolId)
    .action(
      run(async (id: number) => {
        const { dropSpooled } = await import('./spool.ts');
        return dropSpooled(spoolFileOf(await settings()), id, terminal);
      }),
    );
};
