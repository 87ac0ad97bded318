/**
 * The one measure of time in the core. Where "now" comes from is the caller's business.
 */

/** Milliseconds since 1970 in UTC. */
export type Instant = number;
