/**
 * The text of `npm run payout -- --help`, made from the commands. Their sentences are in the file
 * of each command.
 */

import type { BareCommand, Command } from './command.ts';

const usageOf = (name: string, { operands }: Command | BareCommand): string =>
  [name, ...operands.map((operand) => `<${operand}>`)].join(' ');

/** Two columns, the first as wide as its longest entry. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`);
}

/** One line for every command. */
export function overview(commands: Readonly<Record<string, Command | BareCommand>>): string[] {
  const rows = Object.entries(commands).map(([name, command]): [string, string] => [
    usageOf(name, command),
    command.summary,
  ]);
  return [
    'npm run payout -- <command> [options]',
    '',
    ...columns(rows),
    '',
    'Works on the database of the service, with its variables; without variables, on the sandbox',
    'in ./data. <payout> is an id or a reference. `<command> --help` lists the options.',
  ];
}

/** The help of one command, with its options. */
export function commandHelp(name: string, command: Command | BareCommand): string[] {
  const rows = Object.entries(command.options).map(
    ([option, { type, about }]): [string, string] => [
      type === 'string' ? `--${option} <text>` : `--${option}`,
      about,
    ],
  );
  return [
    `npm run payout -- ${usageOf(name, command)} [options]`,
    '',
    command.summary,
    '',
    ...columns(rows),
  ];
}
