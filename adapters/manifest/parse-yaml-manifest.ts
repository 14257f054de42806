// Reads a file of Compose or of Kubernetes: YAML, of which JSON is a part, in one document or in several.
import { type Document, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { JsonObject, JsonValue } from '../state/state-adapter.js';
import { isObject, listedObjects, readKubernetesObject, valueAt } from './kubernetes-object.js';
import type { DeclaredService, ManifestFlaw, ParsedManifest } from './parsed-manifest.js';

export function parseYamlManifest(text: string): ParsedManifest {
  const lineCounter = new LineCounter();
  // Compose takes the merge keys (<<) of YAML 1.1.
  const options = { lineCounter, prettyErrors: false, merge: true, logLevel: 'silent' } as const;
  const documents = [...parseAllDocuments(text, options)];
  const flaws = documents.flatMap((document) => flawsOf(document, lineCounter));
  if (flaws.length > 0) return { declared: [], flaws };
  const declared = new Map<string, DeclaredService>();
  for (const document of documents) {
    const value = plainValue(document);
    if ('flaw' in value) return { declared: [], flaws: [value.flaw] };
    for (const service of declaredBy(value.value)) declared.set(service.name, service);
  }
  return { declared: [...declared.values()], flaws: [] };
}

function flawsOf(document: Document.Parsed, lineCounter: LineCounter): ManifestFlaw[] {
  const at = (offset: number, message: string) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col, message };
  };
  // What is said after the first error of a document mostly follows from it.
  const [error] = document.errors;
  if (error !== undefined) return [at(error.pos[0], error.message)];
  const flaws: ManifestFlaw[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      flaws.push(at(alias.range?.[0] ?? 0, `no anchor named '${alias.source}' stands before its use`));
    },
  });
  return flaws;
}

/** Aliases of aliases can stand for more than any memory holds: the library gives up with a ReferenceError. */
function plainValue(document: Document.Parsed): { value: JsonValue } | { flaw: ManifestFlaw } {
  try {
    return { value: document.toJS() as JsonValue };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { flaw: { line: 1, column: 1, message: error.message } };
  }
}

function declaredBy(value: JsonValue): DeclaredService[] {
  if (isObject(value) && value['apiVersion'] !== undefined) {
    return listedObjects(value).flatMap((item) => {
      const object = readKubernetesObject(item);
      if (object === undefined) return [];
      const { name, images } = object;
      return [{ name, says: images.length === 0 ? {} : { images } }];
    });
  }
  const services = valueAt(value, 'services');
  if (!isObject(services)) return [];
  return Object.entries(services).map(([name, service]) => ({ name, says: composeService(service) }));
}

function composeService(service: JsonValue): JsonObject {
  const image = valueAt(service, 'image');
  if (typeof image === 'string') return { image };
  return valueAt(service, 'build') === undefined ? {} : { image: 'built here' };
}
