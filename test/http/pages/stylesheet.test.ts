/**
 * What axe-core cannot see without a browser: contrast in both colour schemes by the formula of
 * WCAG 2, a focus that shows, and nothing wider than a phone.
 */

import { describe, expect, it } from 'vitest';
import { stylesheet } from '../../../src/http/pages/stylesheet.ts';

const [, light = ''] = /^:root \{([^}]*)\}/.exec(stylesheet) ?? [];
const [darkBlock = '', dark = ''] =
  /@media \(prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}\s*\}/.exec(stylesheet) ?? [];
const rest = stylesheet.replace(light, '').replace(darkBlock, '');

const coloursOf = (block: string): Map<string, string> =>
  new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [
      name,
      hex,
    ]),
  );

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}

/** WCAG AA: 4.5 for text, 3 for what only has to be seen. */
const pairs: readonly (readonly [front: string, back: string, least: number])[] = [
  ['text', 'page', 4.5],
  ['text', 'code', 4.5],
  ['quiet', 'page', 4.5],
  ['link', 'page', 4.5],
  ['band-text', 'band', 4.5],
  ['focus', 'page', 3],
  ['band-focus', 'band', 3],
];

it('the formula gives what the specification says', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each([
  ['light', coloursOf(light)],
  ['dark', coloursOf(dark)],
])('in the %s scheme', (_, colours) => {
  it.each(pairs)('%s is seen on %s', (front, back, least) => {
    const ratio = contrast(colours.get(front) ?? '', colours.get(back) ?? '');
    expect(ratio).toBeGreaterThanOrEqual(least);
  });

  it('every colour is in a pair, so that none is unchecked', () => {
    const checked = new Set(pairs.flatMap(([front, back]) => [front, back]));
    expect([...colours.keys()].toSorted()).toEqual([...checked].toSorted());
  });
});

describe('the stylesheet', () => {
  it('sets colours nowhere but in the two schemes, and uses each', () => {
    expect(rest).not.toMatch(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(/i);
    const used = [...rest.matchAll(/var\(--([\w-]+)\)/g)].map(([, name = '']) => name);
    expect([...new Set(used)].toSorted()).toEqual([...coloursOf(light).keys()].toSorted());
  });

  it('shows the focus, and takes it away nowhere', () => {
    expect(rest).toMatch(/:focus-visible \{ outline: 3px solid var\(--focus\)/);
    expect(rest).not.toMatch(/outline:\s*(?:none|0)/);
  });

  it('underlines links, so that colour is not all that tells them from text', () => {
    expect(rest).toMatch(/a \{ [^}]*text-decoration: underline/);
  });

  it('fits a phone: breaks long words, and fixes no width but a small or a largest one', () => {
    expect(rest).toContain('overflow-wrap: anywhere');
    const widths = [...rest.matchAll(/(?<!max-)width: ([\d.]+)(rem|px|%)/g)];
    const fixed = widths.filter(([, size, unit]) => unit !== '%' && Number(size) > 2);
    expect(fixed.map(([text]) => text)).toEqual([]);
    expect(rest).not.toContain('nowrap');
  });

  it('loads nothing from elsewhere', () => {
    expect(stylesheet).not.toMatch(/@import|url\(/);
  });
});
