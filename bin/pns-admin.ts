#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { type Key, writeKey } from '../lambda/core/key.ts';
import {
  appName,
  appNames,
  callCount,
  callId,
  callUuid,
  extension,
  keyId,
  localAddress,
  pastTime,
  pbxId,
  UsageError,
} from './admin/arguments.ts';
import { enableRegistrations } from './admin/enable-registrations.ts';
import { AdminError, describeFailure } from './admin/failure.ts';
import { checkApp, clearGuard, listGuards } from './admin/guard.ts';
import { formatKeys } from './admin/key-listing.ts';
import { addKey, listKeys, revokeKey, revokeKeys, rotateKey } from './admin/keys.ts';
import { type ReconcileOptions, reconcile } from './admin/reconcile/reconcile.ts';
import { openTarget, type TargetOptions } from './admin/target.ts';
import { openLogs } from './admin/why/open-logs.ts';
import { showWhy, type WhyOptions } from './admin/why/why.ts';

const usageExitCode = 2;

const target = () => openTarget(program.opts<TargetOptions>());

/** The key alone goes to standard output, for whoever pipes it on. */
const show = (key: Key, pbx: string): void => {
  console.error(`Key ${key.keyId} of PBX ${pbx} is live. It is shown this once, and kept nowhere:`);
  console.log(writeKey(key));
};

const program = new Command('pns-admin')
  .description('Keys, registrations and calls of the PBXs that a deployment serves.')
  .option('--stack <name>', "CloudFormation's name of the service stack", 'pns-proxy')
  .option('--region <region>', 'its AWS region (default: from the AWS environment)')
  .addOption(
    new Option('--local [url]', 'the local cloud that npm start runs, in place of AWS')
      .preset('http://127.0.0.1:8080')
      .argParser(localAddress)
      .conflicts(['stack', 'region']),
  )
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

const keys = program.command('keys').description('What PBXs call the endpoint with.');

keys
  .command('add')
  .description('Make a key, and print it: it is shown this once.')
  .requiredOption('--pbx <id>', 'the PBX that it is for', pbxId)
  .option('--app <name...>', 'limit it to these apps (default: all)', appNames)
  .action(async ({ pbx, app }: { pbx: string; app?: string[] }) => {
    show(await addKey(await target(), { pbxId: pbx, ...(app && { apps: app }) }), pbx);
  });

keys
  .command('list')
  .description('List the keys of a PBX, without their secrets. One made a moment ago may be missing.')
  .requiredOption('--pbx <id>', 'the PBX', pbxId)
  .option('--json', 'for programs')
  .action(async ({ pbx, json }: { pbx: string; json?: true }) => {
    const listed = await listKeys(await target(), pbx);
    if (json) console.log(JSON.stringify(listed, undefined, 2));
    else if (listed.length > 0) console.log(formatKeys(listed));
    else console.error(`PBX ${pbx} has no key`);
  });

keys
  .command('rotate')
  .description('Make and print a successor of a key, which stays live beside it until the next rotation.')
  .argument('<keyid>', 'the key to replace', keyId)
  .option('--now', 'it has leaked: revoke it at once')
  .action(async (id: string, { now = false }: { now?: boolean }) => {
    const revoked = await rotateKey(await target(), id, { now, show });
    if (revoked.length > 0) console.error(`Revoked: ${revoked.join(', ')}`);
    if (!now) console.error(`${id} stays live, until the next rotation or: pns-admin keys revoke ${id}`);
  });

keys
  .command('revoke')
  .description('Revoke a key at once.')
  .argument('<keyid>', 'the key', keyId)
  .action(async (id: string) => {
    await revokeKey(await target(), id);
    console.error(`Revoked: ${id}`);
  });

const pbx = program.command('pbx').description('PBXs as a whole.');

pbx
  .command('remove')
  .description('Revoke all keys of a PBX, then remove all its registrations.')
  .argument('<id>', 'the PBX', pbxId)
  .option('--yes', 'do it; without, only say how much it would remove')
  .action(async (id: string, { yes }: { yes?: true }) => {
    const deployment = await target();
    const keyIds = (await deployment.keys.ofPbx(id)).map((record) => record.keyId);
    if (!yes) {
      const count = await deployment.registrations.count(id);
      throw new AdminError(
        `this would remove ${keyIds.length} keys and ${count} registrations of PBX ${id}: repeat it with --yes`,
      );
    }
    const revoked = await revokeKeys(deployment, keyIds);
    console.error(`Revoked: ${revoked.length} keys`);
    console.error(`Removed: ${await deployment.registrations.remove(id)} registrations`);
  });

program
  .command('why')
  .description(
    'Tell what became of a call or a message, and why a phone stayed silent, from the logs of the functions.',
  )
  .option('--uuid <id>', 'the call or message by its UUID', callUuid)
  .option('--call <id>', 'or by its SIP Call-ID', callId)
  .option('--extension <ext>', 'or the latest calls to this extension of --pbx', extension)
  .option('--pbx <id>', 'calls of this PBX alone', pbxId)
  .option('--messages', 'with --extension: its latest messages, not its calls')
  .option('--last <number>', 'how many at most', callCount, 5)
  .option(
    '--since <time>',
    'none before: 30m, 12h, 7d ago, or ISO 8601 with its zone (default: as the logs go)',
    pastTime,
  )
  .option('--json', 'for programs')
  .action((options: WhyOptions) =>
    showWhy(() => openLogs(program.opts<TargetOptions>()), options, Date.now()),
  );
const guard = program.command('guard').description('What keeps a wrong credential from costing phones.');

guard
  .command('list')
  .description('Show for each app whether tokens are kept, whatever is refused, and since when.')
  .action(async () => console.log(await listGuards(await target())));

guard
  .command('clear')
  .description('Let tokens of an app be given up again: it was no wrong credential.')
  .requiredOption('--app <name>', 'the app', appName)
  .action(async ({ app }: { app: string }) => {
    await clearGuard(await target(), app);
    console.error(`Cleared: the flag of app ${app}`);
  });

program
  .command('registrations')
  .description('Registrations of all PBXs.')
  .command('enable')
  .description('After a wrong credential: let the phones of an app be called again, and clear the flag.')
  .requiredOption('--app <name>', 'the app', appName)
  .requiredOption(
    '--since <time>',
    'when the wrong credential was set: 30m, 12h, 7d ago, or ISO 8601 with its zone',
    pastTime,
  )
  .action(async ({ app, since }: { app: string; since: number }) => {
    const deployment = await target();
    checkApp(deployment, app);
    const { unmarked, others } = await enableRegistrations(deployment, app, since);
    console.error(`Cleared: ${unmarked} marks, and the flag of app ${app}`);
    console.error(`The next call enables the endpoints of these and of ${others} other registrations`);
  });

program
  .command('reconcile')
  .description('Find SNS endpoints without registrations, and registrations whose endpoint is gone.')
  .option('--mend', 'delete the former, and let the next call make the latter anew')
  .option('--state <file>', 'where to go on after an interruption (default: pns-reconcile-<stack>.json here)')
  .action(async (options: ReconcileOptions) => {
    await reconcile(await target(), options, { report: console.log, note: console.error });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
  } else if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    process.exitCode = usageExitCode;
  } else {
    console.error(`pns-admin: ${describeFailure(error)}`);
    process.exitCode = 1;
  }
}
