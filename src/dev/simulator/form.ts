/**
 * Form-encoded request bodies as the gateway reads them. Knows names and values, no meanings.
 */

export interface Form {
  /** Every name and value as decoded, not trimmed: this is what the caller signed. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /**
   * The first value of `name`, without white space at its ends, which the gateway drops; the empty
   * text when there is none. It may be kept without keeping the body alive.
   */
  get(name: string): string;
}

export function parseForm(body: string): Form {
  const parameters = new URLSearchParams(body);
  return {
    pairs: [...parameters],
    get: (name) => detach(parameters.get(name)?.trim() ?? ''),
  };
}

/**
 * The same text in memory of its own. V8 keeps a piece of a text as a view into the whole, so an
 * order id that is kept would keep the receiver's account number beside it.
 */
function detach(text: string): string {
  return Buffer.from(text).toString();
}
