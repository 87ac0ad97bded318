/**
 * docs/payout-states.md: the statuses, the moves between them and the table, as the code has them.
 * This file decides the layout only. The sentences come from payout/model/status.ts and
 * payout/model/event.ts, and a rule's name in payout/table.ts says what the rule does.
 */

import { eventMeanings } from '../../payout/model/event.ts';
import { type Status, type StatusFacts, statuses, statusFacts } from '../../payout/model/status.ts';
import { type Column, columnOf, columns, table } from '../../payout/table.ts';
import { findMoves, type Move } from './state-moves.ts';

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;

const HEAD = `# Payout states

Generated from \`src/payout/\` by \`npm run generate\`; change the code, not this page.
Internal and public names are the same.`;

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (name: string): string => `\`${name}\``;

function duration(ms: number | null): string {
  if (ms === null) return 'never';
  const minutes = ms / MINUTE_MS;
  return minutes < MINUTES_PER_HOUR ? `${minutes} min` : `${minutes / MINUTES_PER_HOUR} h`;
}

function statusTable(): string {
  const rows = statuses.map((status) => {
    const facts: StatusFacts = statusFacts[status];
    const { final, moneyMoved, stalledAfterMs, meaning } = facts;
    const stalled = final ? '' : duration(stalledAfterMs);
    return [code(status), final ? 'yes' : 'no', moneyMoved, stalled, meaning];
  });
  return markdownTable(['status', 'final', 'money moved', 'stalled after', 'meaning'], rows);
}

/** Final statuses of one column share a box, so that the picture stays readable. */
const boxOf = (status: Status): string => (statusFacts[status].final ? columnOf[status] : status);

function diagram(moves: readonly Move[]): string {
  const arrows = new Set(moves.map(({ from, to }) => `${boxOf(from)} --> ${boxOf(to)}`));
  const ends = new Set(statuses.filter((status) => statusFacts[status].final).map(boxOf));
  const lines = ['[*] --> requested', ...arrows, ...[...ends].map((end) => `${end} --> [*]`)];
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

const moveTable = (moves: readonly Move[]): string =>
  markdownTable(
    ['from', 'to', 'by'],
    moves.map(({ from, to, labels }) => [code(from), code(to), labels.join(', ')]),
  );

const inColumn = (column: Column): string =>
  statuses
    .filter((status) => columnOf[status] === column)
    .map(code)
    .join(', ');

const columnTable = (): string =>
  markdownTable(
    ['column', 'statuses'],
    columns.map((column) => [column, inColumn(column)]),
  );

/** The name of a rule in words: `checkNotSent` is "check not sent". */
const inWords = (rule: string): string =>
  rule.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const cellTable = (): string =>
  markdownTable(
    ['event', ...columns],
    Object.entries(table).map(([kind, cells]) => [code(kind), ...cells.map(inWords)]),
  );

/** The rules in the order in which the table names them first. */
function ruleTable(): string {
  const rows = Object.entries(table);
  const names: string[] = [...new Set(Object.values(table).flat())];
  const answeredBy = (rule: string): string =>
    rows
      .filter(([, cells]) => cells.some((cell) => cell === rule))
      .map(([kind]) => code(kind))
      .join(', ');
  return markdownTable(
    ['rule', 'what happens', 'answers'],
    names.map((rule) => [code(rule), inWords(rule), answeredBy(rule)]),
  );
}

const meanings = (title: string, sentences: Record<string, string>): string =>
  markdownTable(
    [title, 'meaning'],
    Object.entries(sentences).map(([name, sentence]) => [code(name), sentence]),
  );

/** The content of docs/payout-states.md. */
export function renderStatesDoc(): string {
  const moves = findMoves();
  const sections = [
    HEAD,
    '## Statuses',
    statusTable(),
    '## Moves',
    `\`failed\` stands for ${inColumn('failed')}, \`stopped\` for ${inColumn('stopped')}.`,
    diagram(moves),
    'Found by trying examples of every event on every kind of payout that examples reach.',
    moveTable(moves),
    '## The table',
    'For every event and every status, the rule that decides. Statuses with the same rules share ' +
      'one column.',
    columnTable(),
    cellTable(),
    '## Rules',
    'Each rule is a function of this name in `src/payout/rules`; its comment says the rest.',
    ruleTable(),
    '## Events',
    meanings('event', eventMeanings),
  ];
  return `${sections.join('\n\n')}\n`;
}
