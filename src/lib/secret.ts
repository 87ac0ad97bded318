/**
 * A value that must not be seen: it prints as [secret] in JSON, in text and in an inspected object.
 * Only reveal() returns the value, so that a search for that word finds every use.
 */

import { inspect } from 'node:util';

const SHOWN = '[secret]';

export type Secret<T = string> = {
  readonly reveal: () => T;
  readonly toJSON: () => string;
  readonly toString: () => string;
};

/** Wraps `value` in a closure, which no serializer reads. */
export function createSecret<T>(value: T): Secret<T> {
  return Object.freeze({
    reveal: () => value,
    toJSON: () => SHOWN,
    toString: () => SHOWN,
    [inspect.custom]: () => SHOWN,
  });
}
