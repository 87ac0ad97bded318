/**
 * Reads the members of one flat JSON object with what JSON.parse throws away: the digits a number
 * was written with, and names that occur twice. Knows no field names and judges no value.
 */

export type FlatValue =
  | { kind: 'text'; text: string }
  /** The number exactly as written: no amount may pass through a float. */
  | { kind: 'number'; source: string }
  | { kind: 'null' }
  /** true, false, an array or an object: no field of this dialect is any of them. */
  | { kind: 'other' };

export type Member = { name: string; value: FlatValue };
export type FlatRead = { kind: 'members'; members: Member[] } | { kind: 'unreadable'; why: string };

/** The largest body read, either way. A call with every field at its widest has about 800 bytes. */
export const BODY_MAX_BYTES = 65_536;

/** Levels of nesting, the outermost counted: room for somebody's extra field, no more. */
const DEPTH_MAX = 8;

/** Strings, punctuation and bare words of JSON that is already known to be well formed. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * The members of the outermost object, in their order, repeated names included. Never throws:
 * whatever is no JSON object of a sane size and depth is `unreadable`, with a reason fit for the
 * sender.
 */
export function readFlatJson(body: string): FlatRead {
  if (Buffer.byteLength(body) > BODY_MAX_BYTES) return unreadable('the body is too large');
  // Servers on .NET and classic ASP like to write a byte order mark, which is not JSON.
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The engine's message quotes the body, which may hold personal data.
    return unreadable('the body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return unreadable('the body is not a JSON object');
  }
  return scanMembers(text);
}

/**
 * Walks the tokens of a well-formed object; at depth 1 they are names and values in turn. It stays
 * iterative because a reviver, which could also tell the source of numbers, recurses and overflows
 * the stack on deep input, and sees only the last of two equal names.
 */
function scanMembers(text: string): FlatRead {
  const members: Member[] = [];
  let depth = 0;
  let name: string | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    const opens = token === '{' || token === '[';
    if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token !== ':' && token !== ',') {
      if (name === null) name = unquote(token);
      else {
        members.push({ name, value: opens ? { kind: 'other' } : toValue(token) });
        name = null;
      }
    }
    if (opens) depth += 1;
    if (depth > DEPTH_MAX) return unreadable('the body is nested too deeply');
  }
  return { kind: 'members', members };
}

function toValue(token: string): FlatValue {
  if (token.startsWith('"')) return { kind: 'text', text: unquote(token) };
  if (token === 'null') return { kind: 'null' };
  if (token === 'true' || token === 'false') return { kind: 'other' };
  return { kind: 'number', source: token };
}

const unquote = (token: string): string => String(JSON.parse(token));

const unreadable = (why: string): FlatRead => ({ kind: 'unreadable', why });
