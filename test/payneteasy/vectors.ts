/**
 * The published and derived examples of the gateway's protocol, typed for the tests that run them.
 */

import vectors from './vectors.json' with { type: 'json' };

type Parameters = Record<string, string>;

type ControlVector = {
  id: string;
  kind: string;
  parts?: { name: string; value: string }[];
  expectedSha1Hex: string;
};

const controlVectors: ControlVector[] = vectors.controlSha1;

/** Controls of one kind of message, with their named parts. */
export function controlsOf(kind: string): { id: string; parts: Parameters; expected: string }[] {
  return controlVectors
    .filter((vector) => vector.kind.startsWith(kind) && vector.parts !== undefined)
    .map(({ id, parts = [], expectedSha1Hex }) => ({
      id,
      parts: Object.fromEntries(parts.map(({ name, value }) => [name, value])),
      expected: expectedSha1Hex,
    }));
}

export const tamperedControls: {
  id: string;
  input: Record<string, string | undefined>;
  merchantControl: string;
}[] = vectors.controlNegative;

export const percentEncodings = vectors.percentEncoding;

export const baseStrings: {
  id: string;
  input: { method?: string; url?: string; params: Record<string, string | undefined> };
  expectedNormalizedParameters: string;
  expectedBaseString?: string;
}[] = vectors.oauthBaseString;

export const signaturePublicKey = vectors.oauthRsaSha256.publicKeySpkiPem;

export const signatures: {
  id: string;
  input: {
    method: string;
    url: string;
    bodyParams: Record<string, string | undefined>;
    oauthParams: { oauth_consumer_key: string; oauth_nonce: string; oauth_timestamp: string };
  };
  expected: {
    normalizedParameters: string;
    signatureBaseString: string;
    formBody: string;
    signatureBase64: string;
    authorizationHeader: string;
  };
}[] = vectors.oauthRsaSha256.vectors;

export const responses: {
  id: string;
  contentType: string;
  httpStatus: number;
  raw: string;
  parsed?: Parameters;
  parsedExpect?: Record<string, string | undefined>;
}[] = vectors.responses;

/** The raw reply of one example. */
export function response(id: string): { contentType: string; httpStatus: number; raw: string } {
  const found = responses.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no response ${id}`);
  return found;
}

const requests: { id: string; path: string; body?: string; merchantControl?: string }[] =
  vectors.requests;

/** The one request whose body is given whole: v2/status. */
export const statusRequest = requests.find(({ id }) => id === 'req-status-v2');

export const callbacks = vectors.callbacks.flatMap((vector) =>
  'query' in vector && 'merchantControl' in vector
    ? [{ id: vector.id, query: vector.query ?? '', controlKey: vector.merchantControl ?? '' }]
    : [],
);

/** Name and value pairs of an object, without the keys that only other examples have. */
export function pairs(parameters: Record<string, string | undefined>): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
}
