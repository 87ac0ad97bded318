/**
 * `npm run payout -- <command>`: what an operator does on the machine, without an API key.
 */

import { runPayoutCommand } from './payout/run.ts';

// Whoever reads no further (`list | head`) has what was wanted; the command goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runPayoutCommand(process.argv.slice(2), process.env, {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});
