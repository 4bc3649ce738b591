import { Command, CommanderError } from 'commander';
import { SettingsError } from '../settings/settings-error.ts';
import { version } from '../version.ts';
import { addCommands } from './commands.ts';
import { describeFailure } from './describe-failure.ts';
import type { Terminal } from './terminal.ts';

const usageExitCode = 2;
/** EX_CONFIG (sysexits(3)): systemd need not start the daemon again before somebody has mended its settings. */
const settingsExitCode = 78;

/**
 * The command line of `pns`.
 *
 * @param args without the program's own name
 * @returns the exit code: 1 where a command failed, 2 where it was written wrongly, 78 where the settings are wrong
 */
export const runCommandLine = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  let exitCode = 0;
  const program = new Command('pns')
    .description('Wakes phones for the calls of this PBX. Without a command: the daemon, in the foreground.')
    .option('--config <file>', 'its settings', '/etc/pns/pns.conf')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'pns: ')),
    });

  const configFile = (): string => program.opts<{ config: string }>().config;
  const run =
    <Given extends readonly unknown[]>(action: (...given: Given) => Promise<number>) =>
    async (...given: Given): Promise<void> => {
      exitCode = await action(...given);
    };

  addCommands(program, { configFile, run, terminal });
  // Else an unknown command would be an argument too many. After the commands, which would inherit it.
  program.allowExcessArguments().action(
    run(async () => {
      const [unknown] = program.args;
      if (unknown !== undefined) program.error(`error: there is no command ${unknown}: see pns --help`);
      const { runDaemon } = await import('../daemon/daemon.ts');
      return runDaemon(configFile());
    }),
  );

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    for (const line of describeFailure(error).split('\n')) terminal.note(`pns: ${line}`);
    return error instanceof SettingsError ? settingsExitCode : 1;
  }
};
