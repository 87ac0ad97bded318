/**
 * The paths of this service that the gateway, the receiver's browser and the cashier call.
 * `service/endpoints.ts` builds the addresses that the gateway gets, and `http/routes/gateway.ts`
 * serves them.
 */

/** Followed by the name of an endpoint: the gateway's final-status callback. */
export const CALLBACKS_PATH = '/callbacks/payneteasy';

/** Followed by the id of a payout: the receiver's browser returns here after the form. */
export const RETURNS_PATH = '/returns/payneteasy';

/** The cashier's; the published examples post to /CreatePayout (praxis: 1.5). */
export const CASHIER_PATHS = ['/UpdatePayout', '/CreatePayout'] as const;
