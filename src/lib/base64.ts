/**
 * Base64 read strictly: what Node would repair is refused.
 */

/**
 * The bytes of standard base64 with or without padding; null for anything Node would only guess at.
 */
export function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64').replace(/=+$/, '');
  return canonical === text.replace(/={1,2}$/, '') ? bytes : null;
}
