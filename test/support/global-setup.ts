/**
 * One embedded PostgreSQL for a whole test run, with a migrated template that each test file
 * clones. It is the server of the product, started by the product's own code.
 */

import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { makeServerFolder, removeServerFolder, sweepServerFolders } from './server-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's connection string to the run's server, and the database to clone there. */
    testServer: { connectionString: string; template: string };
  }
}

const TEMPLATE = 'migrated_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepServerFolders();
  const dataDir = await makeServerFolder();
  try {
    const { connectionString } = await startEmbeddedPostgres({ dataDir, log: () => {} });
    await createTemplate(connectionString);
    project.provide('testServer', { connectionString, template: TEMPLATE });
  } catch (error) {
    await removeServerFolder(dataDir);
    throw error;
  }
  return () => removeServerFolder(dataDir);
}

async function createTemplate(connectionString: string): Promise<void> {
  await withConnection(connectionString, async (client) => {
    await client.query(`create database ${TEMPLATE}`);
    const template = new URL(connectionString);
    template.pathname = TEMPLATE;
    await migrate(template.href);
    // A connection to the template would make every clone wait for it.
    await client.query(`alter database ${TEMPLATE} with allow_connections false`);
  });
}
