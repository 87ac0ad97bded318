/**
 * Brings the generated OpenAPI document into its committed form: only the named schemas that are
 * used, in an order that does not depend on the order of registration. The contents are decided in
 * enrich.ts.
 */

type Document = {
  paths?: Record<string, unknown>;
  components?: { schemas?: Record<string, unknown> };
};

const REFERENCE = /^#\/components\/schemas\/(?<name>.+)$/;

/** The names of the schemas that a part of the document refers to directly. */
function referredBy(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key !== '$ref' || typeof value !== 'string') return referredBy(value);
    const name = REFERENCE.exec(value)?.groups?.['name'];
    return name === undefined ? [] : [name];
  });
}

/** The names that are referred to from outside the schemas, directly or through other schemas. */
function usedNames(document: Document, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const used = new Set<string>();
  const open = referredBy({ ...document, components: { ...document.components, schemas: {} } });
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    open.push(...referredBy(schemas[name]));
  }
  return used;
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/**
 * Removes unused schemas, and sorts paths and schemas by name. Unused ones exist because zod's
 * registry gives each named schema once for requests and once for responses.
 */
export function tidyDocument<T extends Document>(document: T): T {
  const { paths = {}, components = {} } = document;
  const { schemas = {} } = components;
  const used = usedNames(document, schemas);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  return {
    ...document,
    paths: Object.fromEntries(Object.entries(paths).toSorted(byKey)),
    components: { ...components, schemas: Object.fromEntries(kept.toSorted(byKey)) },
  };
}
