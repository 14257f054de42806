// Reads savepoint.yaml. A file is taken as a whole or refused, with the place of what is wrong in it first.

import { buildConfiguration, type FilledFile } from './build-configuration.js';
import { checkReferences } from './check-references.js';
import { checkShape, type SchemaKeywords } from './check-shape.js';
import { ADAPTED_KINDS, type Configuration } from './configuration.js';
import {
  type ConfigurationProblem,
  joinSetting,
  listChoices,
  quote,
  refuse,
} from './configuration-problem.js';
import { readSchema } from './configuration-schema.js';
import { fillDefaults } from './fill-defaults.js';
import { readYaml, type WrittenValue } from './read-yaml.js';

/**
 * The configuration that `text` is, frozen; `file` is the name for it in messages. Throws CONFIG_INVALID, with file, line,
 * column, path, expected, found and nearest, and UNSUPPORTED for a component of a kind that has no adapter yet.
 */
export function parseConfiguration(text: string, file: string): Configuration {
  const schema = readSchema();
  const { root, problems } = readYaml(text);
  if (root === undefined) throw refuse(problems, file);
  const found = [...problems, ...checkShape(root, schema, { path: '', root: schema })];
  found.push(...checkReferences(root, findCategories(schema)), ...findUnsupported(root, schema));
  if (found.length > 0) throw refuse(found, file);
  return buildConfiguration(fillDefaults(root, schema, schema) as FilledFile, file);
}

function findCategories(schema: SchemaKeywords): string[] {
  return (schema.$defs?.['category'].enum ?? []).map(String);
}

/** The components of kinds that the schema knows and this version does not. */
function findUnsupported(root: WrittenValue, schema: SchemaKeywords): ConfigurationProblem[] {
  const components = root.kind === 'mapping' ? root.entries.get('components')?.value : undefined;
  if (components?.kind !== 'mapping') return [];
  const reserved = (schema.$defs?.['kind'].enum ?? []).filter(
    (kind) => !ADAPTED_KINDS.some((adapted) => adapted === kind),
  );
  return [...components.entries].flatMap(([name, { value }]) => {
    const kind = value.kind === 'mapping' ? value.entries.get('kind')?.value : undefined;
    if (kind?.kind !== 'scalar' || !reserved.includes(kind.value as string)) return [];
    const path = joinSetting(joinSetting('components', name), 'kind');
    return [
      {
        ...{ position: kind.position, path, isUnsupported: true },
        expected: `a kind that this version has an adapter for (${listChoices(ADAPTED_KINDS)})`,
        found: quote(String(kind.value)),
        advice: `Take ${quote(name)} out of the file, or use a newer savepoint.`,
      },
    ];
  });
}
