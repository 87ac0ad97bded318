/**
 * `list`: one line for each payout, newest first; or the callbacks that belong to no payout. The
 * query is in store/payouts/list.ts.
 */

import { markShown } from '../../flow/mark-unreadable.ts';
import { amountOf } from '../../http/present.ts';
import { isStatusList, searchSchema } from '../../http/schema/list.ts';
import { countStrayCallbacks, lastStrayCallbacks } from '../../store/payouts/inbox.ts';
import { listPayouts } from '../../store/payouts/list.ts';
import type { ShownPayout } from '../../store/payouts/rows.ts';
import { searchPayouts } from '../../store/search.ts';
import { type Command, type Input, textOf, UsageProblem } from './command.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1000;

function limitOf(input: Input): number {
  const text = textOf(input, 'limit');
  if (text === null) return LIMIT_DEFAULT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new UsageProblem(`--limit must be 1 to ${LIMIT_MAX}`);
}

function statusesOf(input: Input): string[] | null {
  const text = textOf(input, 'status');
  if (text === null) return null;
  if (!isStatusList(text)) throw new UsageProblem('--status must be statuses separated by commas');
  return text.split(',');
}

/** The line of one payout. */
export const lineOf = ({ payout }: ShownPayout): string => {
  const { id, reference, status, attention, createdAt } = payout;
  const open = attention.filter(({ acknowledgedBy }) => acknowledgedBy === null);
  const amount = `${amountOf(payout)} ${payout.money.currency}`;
  const marks = open.map(({ code }) => code).join(' ');
  const cells = [id, new Date(createdAt).toISOString(), status.padEnd(17), amount.padStart(14)];
  return [...cells, reference, marks].join('  ').trimEnd();
};

async function listCallbacks({ app, print }: Input, limit: number): Promise<void> {
  const count = await countStrayCallbacks(app.db);
  print(`Verified callbacks for unknown orders: ${count}.`);
  for (const {
    receivedAt,
    endpoint,
    orderId,
    clientOrderId,
    status,
    type,
  } of await lastStrayCallbacks(app.db, limit)) {
    const at = new Date(receivedAt).toISOString();
    print(
      `${at}  ${endpoint}  order ${orderId}  ${clientOrderId}  ${status}  ${type ?? ''}`.trimEnd(),
    );
  }
}

export const listCommand: Command = {
  summary: 'list payouts, newest first',
  operands: [],
  options: {
    attention: { type: 'boolean', about: 'only payouts with an attention item' },
    search: { type: 'string', about: 'only payouts with this id, of ours or of another system' },
    status: { type: 'string', about: 'only payouts in this status, or in one of several' },
    callbacks: { type: 'boolean', about: 'list callbacks for unknown orders instead of payouts' },
    limit: {
      type: 'string',
      about: `at most this many, 1 to ${LIMIT_MAX}; default ${LIMIT_DEFAULT}`,
    },
  },
  run: async (input) => {
    const { app, options, print } = input;
    const limit = limitOf(input);
    const status = statusesOf(input);
    if (options['callbacks'] === true) return listCallbacks(input, limit);
    const q = textOf(input, 'search');
    if (q !== null && !searchSchema.safeParse(q).success) {
      throw new UsageProblem('--search must be an id');
    }
    const found = q === null ? {} : { ids: await searchPayouts(app.db, q.trim()) };
    const payouts = await listPayouts(app.db, {
      ...found,
      reference: null,
      status,
      attention: options['attention'] === true ? { code: null } : null,
      createdFrom: null,
      createdTo: null,
      after: null,
      limit,
    });
    await markShown(app, payouts);
    for (const stored of payouts) print(lineOf(stored));
    if (payouts.length === 0) print('There are no such payouts.');
    else if (payouts.length === limit) print(`These are the newest ${limit}; there may be more.`);
  },
};
