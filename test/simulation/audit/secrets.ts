/**
 * Rule 11: receiver data and secrets are nowhere in clear, neither in the log nor in any table.
 */

import type { Auditing } from './audit.ts';

type Blame = (rule: number, what: string) => void;

const tablesText = `select tablename as name from pg_tables where schemaname = 'public'`;

export async function checkSecrets(auditing: Auditing, blame: Blame): Promise<void> {
  const { evidence, real, secrets } = auditing;
  const [line] = evidence.linesWith(secrets);
  if (line !== undefined) blame(11, `the log says: ${line.slice(0, 200)}`);
  const tables = await real.query<{ name: string }>({ text: tablesText });
  for (const { name } of tables.rows) {
    for (const secret of secrets) {
      // Bytes are shown in hexadecimal there, so a text in them is searched as that as well.
      const hex = Buffer.from(secret).toString('hex');
      const { rows } = await real.query<{ count: number }>({
        text: `select count(*)::int as count from "${name}" as t
          where t::text like $1 or t::text like $2`,
        values: [`%${secret}%`, `%${hex}%`],
      });
      if ((rows[0]?.count ?? 0) > 0) blame(11, `table ${name} holds a secret in clear`);
    }
  }
}
