/**
 * Paths of this service on which the gateway and the receiver's browser come back: sent to the
 * gateway, and routed by the HTTP server.
 */

/** Followed by the name of an endpoint: the gateway's final-status callback. */
export const CALLBACKS_PATH = '/callbacks/payneteasy';

/** Followed by the id of a payout: where the receiver's browser returns after the form. */
export const RETURNS_PATH = '/returns/payneteasy';
