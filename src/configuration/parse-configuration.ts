// Reads savepoint.yaml. A file is taken as a whole or refused, with the place of what is wrong in it first.

import { buildConfiguration, type FilledFile } from './build-configuration.js';
import { checkReferences } from './check-references.js';
import { checkShape, type SchemaKeywords } from './check-shape.js';
import type { Configuration } from './configuration.js';
import { refuse } from './configuration-problem.js';
import { readSchema } from './configuration-schema.js';
import { fillDefaults } from './fill-defaults.js';
import { readYaml } from './read-yaml.js';

/**
 * The configuration that `text` is, frozen; `file` is the name for it in messages. Throws CONFIG_INVALID, with file, line,
 * column, path, expected, found and nearest.
 */
export function parseConfiguration(text: string, file: string): Configuration {
  const schema = readSchema();
  const { root, problems } = readYaml(text);
  if (root === undefined) throw refuse(problems, file);
  const found = [...problems, ...checkShape(root, schema, { path: '', root: schema })];
  found.push(...checkReferences(root, findCategories(schema)));
  if (found.length > 0) throw refuse(found, file);
  return buildConfiguration(fillDefaults(root, schema, schema) as FilledFile, file);
}

function findCategories(schema: SchemaKeywords): string[] {
  return (schema.$defs?.['category'].enum ?? []).map(String);
}
