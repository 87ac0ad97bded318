/**
 * Reads the members of one flat JSON object, with what lib/strict-json.ts finds beyond JSON.parse:
 * the digits a number was written with, and names that occur twice. Knows no field names and judges
 * no value.
 */

import { type JsonMember, type JsonValue, scanJson } from '../lib/strict-json.ts';

export type FlatValue = JsonValue;
export type Member = JsonMember;

export type FlatRead = { kind: 'members'; members: Member[] } | { kind: 'unreadable'; why: string };

/** The largest body read, either way. A call with every field at its widest has about 800 bytes. */
export const BODY_MAX_BYTES = 65_536;

/** Levels of nesting, the outermost counted: room for an extra field of a platform, no more. */
const DEPTH_MAX = 8;

/**
 * The members of the outermost object, in their order, repeated names included. Never throws:
 * a body that is not a JSON object of a sane size and depth is `unreadable`, with a reason that may
 * be sent to the caller.
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
  const scan = scanJson(text, DEPTH_MAX);
  if (scan.kind === 'too_deep') return unreadable('the body is nested too deeply');
  if (scan.kind === 'not_json') return unreadable('the body is not JSON');
  return { kind: 'members', members: scan.members };
}

const unreadable = (why: string): FlatRead => ({ kind: 'unreadable', why });
