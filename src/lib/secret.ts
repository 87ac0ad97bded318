/**
 * A value that must not be seen: it prints as [secret] in JSON, in text and in an inspected object.
 * The only way to the value is reveal(), so that every use of it can be found by that word.
 */

import { inspect } from 'node:util';

const SHOWN = '[secret]';

export type Secret<T = string> = {
  readonly reveal: () => T;
  readonly toJSON: () => string;
  readonly toString: () => string;
};

/** Wraps `value`; it is kept in a closure, where no serializer looks. */
export function createSecret<T>(value: T): Secret<T> {
  return Object.freeze({
    reveal: () => value,
    toJSON: () => SHOWN,
    toString: () => SHOWN,
    [inspect.custom]: () => SHOWN,
  });
}
