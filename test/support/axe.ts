/**
 * The accessibility check of a page, by axe-core in jsdom: no browser, so nothing is laid out.
 */

import axe from 'axe-core';
import { JSDOM } from 'jsdom';

/** Rules that jsdom cannot decide, each with what decides it instead. */
const UNDECIDED = {
  // Need rendered colours: stylesheet.test.ts computes every contrast, and has links underlined.
  'color-contrast': { enabled: false },
  'link-in-text-block': { enabled: false },
  // Needs the size of what is drawn: the only links stand alone or at the end of a sentence.
  'target-size': { enabled: false },
  // Needs what is wider than its box: no rule of the stylesheet makes a part of a page scroll.
  'scrollable-region-focusable': { enabled: false },
  // Stay undecided without layout: pages.test.ts counts main and h1.
  'landmark-one-main': { enabled: false },
  'page-has-heading-one': { enabled: false },
} as const;

/** Loading axe takes longer than a check, so one window is used for every page. */
const { window } = new JSDOM('', { runScripts: 'outside-only' });
window.eval(axe.source);
const axeInside: typeof axe = window['axe'];

/** Each as `rule: element`. What axe leaves undecided counts as well, so that none is missed. */
export async function findViolations(html: string): Promise<string[]> {
  const { document } = window;
  document.open();
  document.write(html);
  document.close();
  const { violations, incomplete } = await axeInside.run(document, {
    rules: UNDECIDED,
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}`),
  );
}
