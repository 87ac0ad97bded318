/**
 * The paths of this service that a gateway and the receiver's browser call: one pair for each
 * gateway that this version knows. `service/endpoints.ts` builds the addresses that a gateway gets,
 * and `http/routes/gateway.ts` serves them.
 */

export const gatewayNames = ['payneteasy'] as const;
export type GatewayName = (typeof gatewayNames)[number];

/** Followed by the name of an endpoint: the gateway's final-status callback. */
export const callbacksPath = (gateway: GatewayName): string => `/callbacks/${gateway}`;

/** Followed by the id of a payout: the receiver's browser returns here after the form. */
export const returnsPath = (gateway: GatewayName): string => `/returns/${gateway}`;
