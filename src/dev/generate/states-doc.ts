/**
 * docs/payout-states.md: the statuses, the moves between them and the table, as the code has them.
 * Only layout is decided here; every word about a status, an event or a rule stands beside it.
 */

import { eventMeanings } from '../../payout/model/event.ts';
import { type Status, type StatusFacts, statuses, statusFacts } from '../../payout/model/status.ts';
import { ruleMeanings } from '../../payout/rules/rule-meanings.ts';
import { type Column, columnOf, columns, table } from '../../payout/rules/table.ts';
import { findMoves, type Move } from './state-moves.ts';

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;

const HEAD = `# Payout states

Generated from \`src/payout/\` by \`npm run generate\`; change the code, not this page.
The same words are used inside and in the public contract.`;

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

/** Ends that every event treats alike are one box, so that the picture stays readable. */
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

const ruleTable = (): string =>
  markdownTable(
    ['event', ...columns],
    Object.entries(table).map(([kind, cells]) => [code(kind), ...cells]),
  );

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
    'Found by trying examples of every event on every kind of payout that examples lead to.',
    moveTable(moves),
    '## The table',
    'For every event and every status, the rule that answers. Statuses treated alike share one ' +
      'column.',
    columnTable(),
    ruleTable(),
    '## Rules',
    meanings('rule', ruleMeanings),
    '## Events',
    meanings('event', eventMeanings),
  ];
  return `${sections.join('\n\n')}\n`;
}
