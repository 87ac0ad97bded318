/**
 * A primary and its standby, with a proxy between them and one in front of whichever of them leads:
 * the setup of the tests in which the database fails over.
 */

import { withConnection } from '../../src/store/database/with-connection.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { databaseAt } from '../support/database.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

export type LedPair = {
  primary: OwnPostgres;
  standby: PostgresServer;
  /** Between the servers. */
  wire: CuttableProxy;
  /** Between the services and the leader; */
  door: CuttableProxy;
  setup: Setup;
  onStandby<Row extends object>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
};

export const addressOf = (port: number) => ({ host: '127.0.0.1', port });

export async function startLedPair(behaviour: Parameters<typeof createSetup>[0]): Promise<LedPair> {
  const primary = await startOwnPostgres();
  await primary.stop('SIGINT');
  const copy = await primary.copyFiles('standby');
  await primary.start();
  const wire = await startCuttableProxy(addressOf(primary.port));
  const standby = await primary.standby(copy, wire.port);
  await standby.start();
  const door = await startCuttableProxy(addressOf(primary.port));
  const led = new URL(primary.connectionString);
  led.port = String(door.port);
  const setup = await createSetup(behaviour, () =>
    Promise.resolve(databaseAt(led.href, () => primary.remove())),
  );
  return {
    primary,
    standby,
    wire,
    door,
    setup,
    onStandby: (sql) =>
      withConnection(
        standby.connectionString,
        async (client) => (await client.query(sql)).rows,
        // It is in recovery, which the service would refuse.
        { durable: false },
      ),
    close: async () => {
      await setup.simulator.close();
      await Promise.all([wire.close(), door.close()]);
      await setup.close();
    },
  };
}
