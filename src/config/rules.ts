/**
 * Rules over several variables. Each rule is checked as soon as the variables that it needs were
 * readable, so that one bad value does not hide the next problem. Rules of the gateway are in
 * gateway.ts, those of the platform in platform.ts; the bounds of a single variable are where it is
 * declared.
 */

import type { HostKind } from '../lib/host-kind.ts';
import { checkGateway, gatewayKind, isSandbox, warnOfPort } from './gateway.ts';
import { warnOfPlatform } from './platform.ts';
import type { Values } from './variables.ts';

export type Findings = { problems: string[]; warnings: string[] };

/**
 * Checks every rule. An unreadable variable is undefined in `values`, like an unset one; `isSet`
 * tells the two apart.
 */
export function checkRules(
  values: Partial<Values>,
  isSet: (name: string) => boolean,
  hasEmbedded: boolean,
): Findings {
  const kind = gatewayKind(values);
  return {
    problems: [
      ...checkGateway(values, isSet),
      ...checkInstallation(isSet, kind),
      ...checkDatabase(isSet, kind, hasEmbedded),
    ],
    warnings: [...warnOfPort(values), ...warnOfPlatform(values, isSet)],
  };
}

function checkInstallation(isSet: (name: string) => boolean, kind: HostKind | null): string[] {
  if (isSet('INSTALLATION_NAME') || kind === null || isSandbox(kind)) return [];
  return ['INSTALLATION_NAME: is required with this gateway'];
}

function checkDatabase(
  isSet: (name: string) => boolean,
  kind: HostKind | null,
  hasEmbedded: boolean,
): string[] {
  if (isSet('DATABASE_URL')) return [];
  if (!hasEmbedded)
    return ['DATABASE_URL: is required, because no embedded PostgreSQL is installed here'];
  if (kind !== 'public') return [];
  return [
    'DATABASE_URL: is required with a production gateway; the embedded PostgreSQL is for sandboxes',
  ];
}
