#!/usr/bin/env node
import { runCommandLine } from '../src/cli/program.ts';
import { openTerminal } from '../src/cli/terminal.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), openTerminal());
