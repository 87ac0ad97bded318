/**
 * Reads Prometheus text as a scraper would, as far as the tests need it: series and their values.
 */

export type Scraped = {
  text: string;
  /** Every family that is described, without what a histogram appends. */
  names: readonly string[];
  /** The value of a series such as `payouts_open{status="requested"}`; null where there is none. */
  value(series: string): number | null;
};

export function parseScrape(text: string): Scraped {
  const values = new Map<string, number>();
  const names: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# TYPE ')) names.push(line.split(' ')[2] ?? '');
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return { text, names, value: (series) => values.get(series) ?? null };
}

export async function scrape(url: string): Promise<Scraped> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${text}`);
  return parseScrape(text);
}
