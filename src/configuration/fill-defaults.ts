// Turns written values into plain data, with the defaults of their schema where nothing was written.
import { applicableSchemas, propertySchema, type Schema, type SchemaKeywords } from './check-shape.js';
import type { WrittenMapping, WrittenValue } from './read-yaml.js';

/** `value`, in which `checkShape` finds nothing wrong by the same schema. What is missing and has no default stays so. */
export function fillDefaults(value: WrittenValue, schema: Schema, root: SchemaKeywords): unknown {
  if (value.kind === 'scalar') return value.value;
  const schemas = applicableSchemas(value, schema, root);
  if (value.kind === 'mapping') return fillMapping(value, schemas, root);
  const items: Schema = { allOf: schemas.map((each) => each.items ?? true) };
  return value.items.map((item) => fillDefaults(item, items, root));
}

function fillMapping(mapping: WrittenMapping, schemas: readonly SchemaKeywords[], root: SchemaKeywords) {
  const filled = new Map<string, unknown>();
  for (const [name, { value }] of mapping.entries) {
    const property: Schema = { allOf: schemas.map((each) => propertySchema(each, name)) };
    filled.set(name, fillDefaults(value, property, root));
  }
  for (const { properties = {} } of schemas) {
    for (const [name, property] of Object.entries(properties)) {
      if (filled.has(name) || typeof property === 'boolean' || property.default === undefined) continue;
      filled.set(name, fillDefaults(asWritten(property.default, mapping), property, root));
    }
  }
  // Defines each as the object's own, `__proto__` too.
  return Object.fromEntries(filled);
}

/** A default, as if it were written: what is in it may have defaults in turn. */
function asWritten(value: unknown, at: WrittenMapping): WrittenValue {
  const { position, head } = at;
  if (Array.isArray(value)) {
    return { kind: 'list', position, head, items: value.map((item) => asWritten(item, at)) };
  }
  if (typeof value !== 'object' || value === null) {
    return { kind: 'scalar', position, head, value: value as string };
  }
  const entries = new Map(
    Object.entries(value).map(([name, each]) => [name, { key: head, value: asWritten(each, at) }]),
  );
  return { kind: 'mapping', position, head, entries };
}
