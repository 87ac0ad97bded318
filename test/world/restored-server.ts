/**
 * A PostgreSQL server whose files a test copies and puts back, with the history that is lost by it.
 * The steps before and after the restore are in lost-history.ts.
 */

import type { OwnPostgres, OwnPostgresOptions } from '../support/own-postgres.ts';
import { createSetupOnServer, type Setup } from '../support/service-setup.ts';
import { createLostHistory, type LostHistory } from './lost-history.ts';

export type RestoredServer = {
  postgres: OwnPostgres;
  setup: Setup;
  history: LostHistory;
  close(): Promise<void>;
};

export async function createRestoredServer(
  options: OwnPostgresOptions = {},
): Promise<RestoredServer> {
  const { postgres, setup } = await createSetupOnServer(options, { payTwiceHappens: true });
  const history = createLostHistory(setup);
  return {
    postgres,
    setup,
    history,
    close: async () => {
      await history.stop();
      await setup.close();
    },
  };
}
