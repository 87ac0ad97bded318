/**
 * The one scanner of JSON text, for what JSON.parse throws away: how deep the text is nested, names
 * that occur twice in one object, and the digits that a number was written with. It takes linear
 * time and does not recurse, so that it may run before anything that does. Whether the text is JSON
 * is decided by JSON.parse, before or after. Limits and messages are those of the callers,
 * http/plugins/json-body.ts, praxis/flat-json.ts and payneteasy/form.ts.
 */

export type JsonMember = { name: string; value: JsonValue };

export type JsonValue =
  | { kind: 'text'; text: string }
  /** The number exactly as written: no amount may pass through a float. */
  | { kind: 'number'; source: string }
  | { kind: 'null' }
  /** true, false, an array or an object. */
  | { kind: 'other' };

export type JsonScan =
  | {
      kind: 'scanned';
      /** The members of the outermost object, in their order, including repeated names. */
      members: JsonMember[];
      /** Whether a name occurs twice in one object, at any depth. */
      repeatsName: boolean;
    }
  | { kind: 'too_deep' }
  /**
   * A string is invalid, or a bracket closes that was never opened; JSON.parse finds other faults.
   */
  | { kind: 'not_json' };

/**
 * Scans text; for valid JSON the result is exact. The outermost value counts as the first level.
 */
export function scanJson(text: string, depthMax: number): JsonScan {
  try {
    return scanTokens(text, depthMax);
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'not_json' };
    throw error;
  }
}

/**
 * Strings, brackets, and bare words. A string may lack its end, as the last token of text that is
 * not JSON: otherwise each of many quotes would be scanned up to the end, in quadratic time.
 */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"?|[{}[\]]|[^\s{}[\],:"]+/g;

function scanTokens(text: string, depthMax: number): JsonScan {
  const members: JsonMember[] = [];
  let repeatsName = false;
  /** The names so far in each open object; null stands for an array. */
  const open: (Set<string> | null)[] = [];
  /** The name whose value comes next: in an object, names and values alternate. */
  let name: string | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    const names = open.at(-1) ?? null;
    const opens = token === '{' || token === '[';
    if (token === '}' || token === ']') {
      if (open.pop() === undefined) return { kind: 'not_json' };
    } else if (names !== null && name === null && !opens) {
      name = unquote(token);
      repeatsName ||= names.has(name);
      names.add(name);
    } else {
      if (name !== null && open.length === 1) members.push({ name, value: toValue(token) });
      name = null;
      if (opens) open.push(token === '{' ? new Set() : null);
      if (open.length > depthMax) return { kind: 'too_deep' };
    }
  }
  return { kind: 'scanned', members, repeatsName };
}

function toValue(token: string): JsonValue {
  if (token.startsWith('"')) return { kind: 'text', text: unquote(token) };
  if (token === 'null') return { kind: 'null' };
  if (/^[{[tf]/.test(token)) return { kind: 'other' };
  return { kind: 'number', source: token };
}

const unquote = (token: string): string =>
  token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
