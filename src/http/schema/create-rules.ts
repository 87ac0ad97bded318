/**
 * The rules of this installation's configuration for a new payout. They may change with every
 * start, so they apply only to new payouts: a retry gets its first response. The shape of the body
 * is decided in create-payout.ts.
 */

export type CreateRules = {
  /**
   * Whether the platform is notified, which needs a pin and a front_end_name. The start of another
   * replica may change this value of the installation, so it is read again for each body.
   */
  readonly notified: boolean;
  /** Names of the configured endpoints. */
  endpoints: readonly string[];
};

export type Finding = { path: string[]; message: string };

/** The parts of a body that the rules read. */
export type Configured = {
  endpoint?: string | undefined;
  cashier?: { pin?: string | undefined; front_end_name?: string | undefined } | undefined;
};

/** The errors of an endpoint; without one, the configured endpoint is used. */
export function checkEndpoint({ endpoint }: Configured, { endpoints }: CreateRules): Finding[] {
  if (endpoint === undefined || endpoints.includes(endpoint)) return [];
  return [{ path: ['endpoint'], message: `must be one of ${endpoints.join(', ')}` }];
}

/** The errors of the cashier's fields. */
export function checkCashier({ cashier }: Configured, { notified }: CreateRules): Finding[] {
  if (!notified) return [];
  const message = 'is required, because the platform is notified';
  const found: Finding[] = [];
  if (cashier?.pin === undefined) found.push({ path: ['cashier', 'pin'], message });
  if (cashier?.front_end_name === undefined) {
    found.push({ path: ['cashier', 'front_end_name'], message });
  }
  return found;
}

/** The errors of a body of the right shape. */
export const checkRules = (body: Configured, rules: CreateRules): Finding[] => [
  ...checkEndpoint(body, rules),
  ...checkCashier(body, rules),
];
