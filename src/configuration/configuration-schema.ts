// The published JSON Schema of savepoint.yaml. Found by the package's own name, as this code runs from more than one
// place: module by module, and bundled.
import { createRequire } from 'node:module';
import type { SchemaKeywords } from './check-shape.js';

/** Read once, when it is first asked for. */
export function readSchema(): SchemaKeywords {
  return createRequire(import.meta.url)('savepoint/savepoint.schema.json') as SchemaKeywords;
}
