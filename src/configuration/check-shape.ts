// Checks written values against a JSON Schema, and says of each that is wrong where it stands, what was expected and the
// nearest right word. Knows the keywords that savepoint.schema.json uses (draft 2020-12), and no others.
import { nearestNames } from '../nearest-names.js';
import { type ConfigurationProblem, joinSetting, listChoices, quote } from './configuration-problem.js';
import type { WrittenList, WrittenMapping, WrittenScalar, WrittenValue } from './read-yaml.js';

export type Schema = boolean | SchemaKeywords;

export interface SchemaKeywords {
  readonly $defs?: Readonly<Record<string, SchemaKeywords>>;
  readonly $ref?: string;
  /** What is expected, in words that fit a message. */
  readonly title?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly const?: string | number | boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  /** Of branches that require keys, and nothing else. */
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
}

/** Where a check is: in the setting `path` of a file, and with the schema whose `$defs` are referred to. */
export interface CheckPlace {
  readonly path: string;
  readonly root: SchemaKeywords;
}

/** All that is wrong in `value`; nothing where it is as `schema` says. */
export function checkShape(value: WrittenValue, schema: Schema, place: CheckPlace): ConfigurationProblem[] {
  return applicableSchemas(value, schema, place.root).flatMap((each) => {
    if (!isOfType(value, each) || !isAllowed(value, each)) return [wrongValue(value, each, place)];
    if (value.kind === 'mapping') return checkMapping(value, each, place);
    return value.kind === 'list' ? checkList(value, each, place) : [];
  });
}

/** `schema` and all that it refers to, combines, and chooses for `value`: each holds by its own keywords. */
export function applicableSchemas(
  value: WrittenValue,
  schema: Schema,
  root: SchemaKeywords,
): SchemaKeywords[] {
  if (typeof schema === 'boolean') return [];
  const parts: Schema[] = [...(schema.allOf ?? [])];
  if (schema.$ref !== undefined) parts.push(findDefinition(schema.$ref, root));
  if (schema.if !== undefined) {
    const holds = checkShape(value, schema.if, { path: '', root }).length === 0;
    parts.push((holds ? schema.then : schema.else) ?? true);
  }
  return [schema, ...parts.flatMap((part) => applicableSchemas(value, part, root))];
}

function findDefinition(reference: string, root: SchemaKeywords): Schema {
  return root.$defs?.[reference.replace('#/$defs/', '')] as SchemaKeywords;
}

function isOfType(value: WrittenValue, { type }: SchemaKeywords): boolean {
  if (type === undefined) return true;
  const types = typeof type === 'string' ? [type] : type;
  if (value.kind === 'mapping') return types.includes('object');
  if (value.kind === 'list') return types.includes('array');
  if (value.value === null) return types.includes('null');
  if (typeof value.value !== 'number') return types.includes(typeof value.value);
  if (types.includes('number') && Number.isFinite(value.value)) return true;
  return types.includes('integer') && Number.isInteger(value.value);
}

/** Whether what the schema says of a single value holds. */
function isAllowed(value: WrittenValue, schema: SchemaKeywords): boolean {
  if (value.kind === 'list') return value.items.length >= (schema.minItems ?? 0) && !isConstant(schema);
  if (value.kind === 'mapping') return !isConstant(schema);
  const { value: scalar } = value;
  if (schema.enum !== undefined && !schema.enum.includes(scalar as string)) return false;
  if (schema.const !== undefined && schema.const !== scalar) return false;
  if (typeof scalar === 'string')
    return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(scalar);
  if (typeof scalar !== 'number') return true;
  return (
    scalar >= (schema.minimum ?? Number.NEGATIVE_INFINITY) &&
    (schema.exclusiveMinimum === undefined || scalar > schema.exclusiveMinimum)
  );
}

function isConstant(schema: SchemaKeywords): boolean {
  return schema.enum !== undefined || schema.const !== undefined;
}

function checkMapping(
  mapping: WrittenMapping,
  schema: SchemaKeywords,
  place: CheckPlace,
): ConfigurationProblem[] {
  const unknown: ConfigurationProblem[] = [];
  const others: ConfigurationProblem[] = [];
  for (const [name, { key, value }] of mapping.entries) {
    const expected = propertySchema(schema, name);
    if (expected === false) unknown.push(unknownKey(name, { key, schema, place }));
    else others.push(...checkShape(value, expected, { ...place, path: joinSetting(place.path, name) }));
    const asValue: WrittenScalar = { kind: 'scalar', position: key, head: key, value: name };
    others.push(...checkShape(asValue, schema.propertyNames ?? true, place));
  }
  // A misspelt key is also a missing one: told once, where it stands.
  if (unknown.length === 0) others.push(...checkPresence(mapping, schema, place));
  return [...unknown, ...others];
}

/** What `schema` says by its own keywords of the value of the key `name`. */
export function propertySchema(schema: SchemaKeywords, name: string): Schema {
  const { properties = {}, additionalProperties = true } = schema;
  return Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
}

function checkPresence(
  mapping: WrittenMapping,
  { required = [], oneOf = [] }: SchemaKeywords,
  place: CheckPlace,
): ConfigurationProblem[] {
  const has = (name: string) => mapping.entries.has(name);
  const wrong = { position: mapping.head, path: place.path, found: describe(mapping) };
  const problems: ConfigurationProblem[] = required
    .filter((name) => !has(name))
    .map((name) => ({ ...wrong, expected: `the key ${quote(name)}` }));
  if (oneOf.length > 0 && oneOf.filter((branch) => branch.required.every(has)).length !== 1) {
    const choices = listChoices(oneOf.flatMap((branch) => branch.required));
    problems.push({ ...wrong, expected: `exactly one of the keys ${choices}` });
  }
  return problems;
}

function checkList(list: WrittenList, schema: SchemaKeywords, place: CheckPlace): ConfigurationProblem[] {
  return list.items.flatMap((item, index) =>
    checkShape(item, schema.items ?? true, { ...place, path: joinSetting(place.path, index) }),
  );
}

function unknownKey(
  name: string,
  at: { key: WrittenValue['position']; schema: SchemaKeywords; place: CheckPlace },
): ConfigurationProblem {
  const known = Object.keys(at.schema.properties ?? {});
  const expected = known.length === 1 ? `the key ${known[0]}` : `one of the keys ${listChoices(known)}`;
  return {
    ...{ position: at.key, path: at.place.path, expected },
    ...{ found: `the unknown key ${quote(name)}`, nearest: nearestNames(name, known) },
  };
}

function wrongValue(value: WrittenValue, schema: SchemaKeywords, place: CheckPlace): ConfigurationProblem {
  const choices = (schema.enum ?? []).map(String);
  const isWord = value.kind === 'scalar' && typeof value.value === 'string';
  return {
    ...{ position: value.position, path: place.path },
    ...{ expected: describeSchema(schema), found: describe(value) },
    ...(isWord ? { nearest: nearestNames(value.value as string, choices) } : {}),
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function describeSchema({ title, enum: choices, type = [], properties }: SchemaKeywords): string {
  if (title !== undefined) return title;
  if (choices !== undefined) return listChoices(choices.map(String));
  if (properties !== undefined) return `a mapping with ${listChoices(Object.keys(properties))}`;
  return listChoices([type].flat().map((each) => TYPE_WORDS[each]));
}

const MOST_KEYS = 5;

function describe(value: WrittenValue): string {
  if (value.kind === 'list') return value.items.length === 0 ? 'an empty list' : 'a list';
  if (value.kind === 'scalar') {
    if (value.value === null) return 'nothing';
    return typeof value.value === 'string' ? quote(value.value) : String(value.value);
  }
  const keys = [...value.entries.keys()];
  if (keys.length === 0) return 'an empty mapping';
  const more = keys.length > MOST_KEYS ? ', …' : '';
  return `a mapping with ${keys.slice(0, MOST_KEYS).map(quote).join(', ')}${more}`;
}
