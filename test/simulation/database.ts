/**
 * The database as one process of the service reaches it: real PostgreSQL, one statement or whole
 * transaction at a time, in the order that the world decides. Connections break before and after
 * the statement ran, and the server is away for a while.
 */

import assert from 'node:assert/strict';
import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { Log } from '../../src/log.ts';
import { type Database, sqlState } from '../../src/store/database/pool.ts';
import type { Process } from './process.ts';
import type { ReadCache } from './read-cache.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type DatabaseDeps = {
  world: World;
  weather: Weather;
  process: Process;
  real: Database;
  reads: ReadCache;
  isAway: () => boolean;
  log: Log;
  /** Counts the histories of the server: with another one every connection is a new one. */
  historyNo: () => number;
  /** What a server says of itself, changed where another history has begun. */
  asFound: <T extends QueryResultRow>(rows: readonly T[]) => T[];
  /** Called after each statement that may have changed rows, before any client hears of it. */
  onWrite: (writer: string, name: string, rows: readonly QueryResultRow[]) => Promise<void>;
  /** Whether a claim with these parameters finds nothing; most of them do. */
  findsNothing: (parameters: readonly unknown[]) => boolean;
  /** Called after each reading of the clock. */
  onHeartbeat: (writer: string) => Promise<void>;
};

/** Stands for the database's own clock in a parameter; replaced when the statement runs. */
export const DATABASE_CLOCK = new Date(0);

const QUICK_MS = [0, 4] as const;
const SLOW_MS = [50, 3000] as const;
/** Of the statements of a process that crashes just then, so many still arrive. */
const STILL_ARRIVES = 0.5;

class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
  constructor() {
    super('Connection terminated unexpectedly');
  }
}

const nameOf = (statement: QueryConfig): string => statement.name ?? statement.text.slice(0, 40);

/** A statement that changes something begins with another word: `with`, `update`, `insert`. */
const isRead = ({ text }: QueryConfig): boolean => /^\s*select\b/.test(text);

const isDelicate = (statement: QueryConfig): boolean =>
  (statement.values ?? []).some(
    (value) => typeof value === 'string' && /"kind":"(pay|check)_/.test(value),
  );

const planNames = new Map<string, string>();
const planName = (text: string): string => {
  const name = planNames.get(text) ?? `unnamed-${planNames.size}`;
  planNames.set(text, name);
  return name;
};

/** Of the claims that find nothing, one in so many is still made, to see whether that is so. */
const CLAIMED_ANYWAY = 20;

const NOTHING: QueryResult<never> = {
  command: 'UPDATE',
  rowCount: 0,
  oid: 0,
  fields: [],
  rows: [],
};

/** What a trace keeps of a statement: enough that another value would show. */
const digestOf = (statement: QueryConfig): string =>
  JSON.stringify(statement.values ?? [], (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

export function createSimulatedDatabase(deps: DatabaseDeps): Database {
  const { world, weather, process, real, reads, isAway, onWrite } = deps;
  const random = world.random.fork(`${process.name}/database`);
  // Of its own, so that a seed means the same with every claim made.
  const claims = world.random.fork(`${process.name}/claims`);
  const delay = (): number => {
    const [least, most] = weather.happens('database_slow') ? SLOW_MS : QUICK_MS;
    return random.int(least, most);
  };

  const found = <T extends QueryResultRow>(answered: QueryResult<T>): QueryResult<T> => ({
    ...answered,
    rows: deps
      .asFound(answered.rows)
      // The server's own clock is of another year.
      .map((row) => ('now' in row ? { ...row, now: new Date(world.now()) } : row)),
  });

  const atItsTime = (statement: QueryConfig): QueryConfig => ({
    ...statement,
    // Planned once for each text: planning takes longer than anything that a run's few rows cost.
    name: statement.name ?? planName(statement.text),
    values: (statement.values ?? []).map((value: unknown) =>
      value === DATABASE_CLOCK ? new Date(world.now()) : value,
    ),
  });

  const run = <T>(label: string, delicate: boolean, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const begun = process.life();
      const connectedTo = deps.historyNo();
      const answer = (act: () => void): void =>
        process.deliver(delay(), `${label} answered`, act, delicate);
      world.in(delay(), `${process.name}: ${label}`, async () => {
        if (process.life() !== begun && !random.chance(STILL_ARRIVES)) return;
        const isBroken = connectedTo !== deps.historyNo();
        if (isBroken || isAway() || weather.happens('database_lost_before')) {
          answer(() => reject(new ConnectionLost()));
          return;
        }
        try {
          const result = await work();
          const lost = weather.happens('database_lost_after', delicate ? 4 : 1);
          answer(() => {
            // An answer that was on its way when the server went away has arrived or not.
            if (lost) reject(new ConnectionLost());
            else resolve(result);
          });
        } catch (error) {
          // A statement that the server does not understand is a bug, however it is handled. So
          // is an answer of ours that differs from the server's.
          if (
            sqlState(error)?.startsWith('42') === true ||
            error instanceof assert.AssertionError
          ) {
            deps.log.error({ err: error }, 'A bug keeps a statement from running.');
          }
          answer(() => reject(error instanceof Error ? error : new Error('failed')));
        }
      });
    });

  return {
    query: <T extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<T>> => {
      const name = nameOf(statement);
      return run(name, isDelicate(statement), async () => {
        world.note(digestOf(statement));
        const ask = (): Promise<QueryResult<T>> => real.query<T>(atItsTime(statement));
        if (isRead(statement)) {
          const answered = await reads.answer(name, statement.values, ask);
          if (name === 'read-clock') await deps.onHeartbeat(process.name);
          return found(answered);
        }
        const isEmpty = name === 'claim-due' && deps.findsNothing(statement.values ?? []);
        if (isEmpty && !claims.chance(1 / CLAIMED_ANYWAY)) return NOTHING;
        const result = await ask();
        if (isEmpty && result.rows.length > 0) {
          deps.log.error(
            { count: result.rows.length },
            'A bug keeps the watcher from what is due.',
          );
        }
        reads.wrote(name, result.rows);
        await onWrite(process.name, name, result.rows);
        return found(result);
      });
    },
    transaction: (work) =>
      run('transaction', false, async () => {
        reads.clear();
        const result = await real.transaction((db) =>
          work({
            query: async (statement) => {
              world.note(`${nameOf(statement)} ${digestOf(statement)}`);
              return found(await db.query(atItsTime(statement)));
            },
          }),
        );
        reads.clear();
        await onWrite(process.name, 'transaction', []);
        return result;
      }),
    counts: real.counts,
    examine: real.examine,
    losses: real.losses,
    onLost: real.onLost,
    unfit: real.unfit,
    refusesWrites: real.refusesWrites,
    close: () => Promise.resolve(),
  };
}
