/**
 * The form of what `npm run payout -- doctor` finds. Each check is in a file of its own next to
 * this one; doctor.ts runs them.
 */

/** The part of an installation that was looked at. */
export type Part = 'configuration' | 'listening' | 'database' | 'keys' | 'gateway' | 'platform';

export type Finding = {
  /** `warning`: it works and is probably not meant. `unknown`: it could not be looked at. */
  kind: 'ok' | 'warning' | 'wrong' | 'unknown';
  part: Part;
  /** What is there and, where something is wrong, what to do. Without receiver data or secrets. */
  says: string;
};

const finding =
  (kind: Finding['kind']) =>
  (part: Part, says: string): Finding => ({ kind, part, says });

export const ok = finding('ok');
export const warning = finding('warning');
export const wrong = finding('wrong');
export const unknown = finding('unknown');

/** The code of an error, or its message where it has none. */
export function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
