/**
 * Preloaded into a service process (`node --import`). With CLOCK_SHIFT_MS its time runs that much
 * ahead, its own clock and what it reads of the database's, as if it had been started that much
 * later: deadlines of half a minute need not be waited for. With SIGUSR2 its own clock alone jumps
 * ahead by six hours, or WALL_JUMP_MS, and with the next one back.
 */

import { Client } from 'pg';

const SIX_HOURS_MS = 21_600_000;

const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? '0');
const jumpMs = Number(process.env['WALL_JUMP_MS'] ?? String(SIX_HOURS_MS));
let jumpedMs = 0;
process.on('SIGUSR2', () => {
  jumpedMs = jumpedMs === 0 ? jumpMs : 0;
});

const realNow = Date.now.bind(Date);
Date.now = () => realNow() + shiftMs + jumpedMs;

type Read = { rows: { now: Date }[] };
type Query = (this: Client, ...args: unknown[]) => Promise<Read>;

/** The statement by which the service reads the database's clock. */
const isExamination = (statement: unknown): boolean =>
  typeof statement === 'object' &&
  statement !== null &&
  'name' in statement &&
  statement.name === 'examine-server';

const query: Query = Object.getOwnPropertyDescriptor(Client.prototype, 'query')?.value;
if (shiftMs !== 0) {
  const shifted: Query = function shiftedQuery(...args) {
    const answered = query.apply(this, args);
    if (!isExamination(args[0])) return answered;
    return answered.then((read) => {
      for (const row of read.rows) row.now = new Date(row.now.getTime() + shiftMs);
      return read;
    });
  };
  Object.defineProperty(Client.prototype, 'query', { value: shifted });
}
