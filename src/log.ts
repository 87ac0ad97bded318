/**
 * The form of a log line: JSON by pino, times in ISO 8601, and no field beyond the ones listed
 * here. A field that is not listed is dropped, since masking would need to know every name of a
 * secret. The level is decided by LOG_LEVEL in config/variables.ts.
 */

import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import { visible } from './lib/text/visible.ts';

export type { Logger };

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Every field that a line may carry; none of them can hold receiver data, a secret or a body. */
const LOG_FIELDS = [
  'payoutId',
  'reference',
  'orderId',
  'serialNumber',
  'endpoint',
  'requestId',
  'keyName',
  'method',
  'path',
  'httpStatus',
  'problem',
  'durationMs',
  'delayMs',
  'status',
  'from',
  'to',
  'version',
  'stage',
  'event',
  'command',
  'outcome',
  'cause',
  'attention',
  'letter',
  'deliveryId',
  'attempt',
  'count',
  'address',
  'dataDir',
  'migration',
  'signal',
  'pid',
  'hostname',
  'err',
] as const;

type LogField = (typeof LOG_FIELDS)[number];

/** The fields of one line. `err` takes a caught error; every other field is a plain value. */
export type LogFields = {
  [K in Exclude<LogField, 'err'>]?: string | number | boolean | null | undefined;
} & { err?: unknown };

type LogLine = (fields: LogFields, message: string) => void;

/** The log as the rest of the service sees it: fields first, then one plain sentence. */
export type Log = Record<'fatal' | 'error' | 'warn' | 'info' | 'debug', LogLine> & {
  child(fields: LogFields): Log;
};

const permitted: ReadonlySet<string> = new Set(LOG_FIELDS);

function onlyPermitted(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => permitted.has(name)));
}

/**
 * The four members of an error that locate a fault. A database error has many others, which quote
 * rows.
 */
function describeError(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { type, message, stack, code } = stdSerializers.err(thrown);
  return { type, message, stack, code };
}

/** Writes lines of `level` and above to `destination`, by default standard output. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const logger = pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }), log: onlyPermitted },
      // The whole line, so that no field and no sentence is forgotten.
      hooks: { streamWrite: (line) => `${visible(line.trimEnd())}\n` },
    },
    destination ?? pino.destination(1),
  );
  // A child does not inherit the formatter of bindings, so the list is applied where a child is
  // created.
  const createChild: Logger['child'] = Reflect.get(logger, 'child');
  Object.defineProperty(logger, 'child', {
    value(this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
      return Reflect.apply(createChild, this, [onlyPermitted(bindings), options]);
    },
  });
  return logger;
}
