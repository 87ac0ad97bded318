/**
 * `npm run payout -- <command>`: the commands of an operator on the machine, without an API key.
 * The list of commands is in cli/payout/run.ts.
 */

import { runPayoutCommand } from './payout/run.ts';

// A reader that stops early (`list | head`) has read enough; the command runs to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runPayoutCommand(process.argv.slice(2), process.env, {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});
