/**
 * What a newer version wrote is there until it is that version which changes it.
 */

import { NEXT_CODE, NEXT_MEMBER } from '../next-version.ts';
import type { Auditing } from './audit.ts';
import { isLost } from './history.ts';

const text = `select memory ? '${NEXT_MEMBER}' and memory -> 'pay' ? '${NEXT_MEMBER}'
    and jsonb_path_exists(attention,
      '$[*] ? (@.code == "${NEXT_CODE}" && @.${NEXT_MEMBER} == 1)') as kept
  from payouts where id = $1`;

export async function checkVersions(
  auditing: Auditing,
  blame: (payoutId: string, what: string) => void,
): Promise<void> {
  for (const [id, at] of auditing.nextVersion.written) {
    if (isLost(auditing, at)) continue;
    const { rows } = await auditing.real.query<{ kept: boolean }>({ text, values: [id] });
    if (rows[0]?.kept === false) blame(id, 'what a newer version wrote is gone');
  }
}
