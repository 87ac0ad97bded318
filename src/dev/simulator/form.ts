/**
 * Form-encoded request bodies as the gateway reads them: names and values, without their meaning.
 */

export interface Form {
  /** Every name and value as decoded, not trimmed: the caller signed this text. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /**
   * The first value of `name`, without white space at its ends, which the gateway drops; the empty
   * text when there is none. A stored value does not keep the body in memory.
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
 * A copy of the text in its own memory. V8 stores a part of a text as a view of the whole, so a
 * stored order id would keep the receiver's account number in memory too.
 */
function detach(text: string): string {
  return Buffer.from(text).toString();
}
