// The services that a component's files declare, as documents that are only recorded: the files themselves are what is put back.
import { isSavepointError } from '../../store/errors.js';
import { encodeDocument, readDocument } from '../state/json-document.js';
import type { CaptureContext, JsonObject, StateDocument, StateReader } from '../state/state-adapter.js';
import { readManifestFiles, runOnHost } from './manifest-files.js';
import { parseManifest } from './parse-manifest.js';
import { nameInPath } from './running-state.js';

export interface DeclaredChange {
  readonly name: string;
  /** What the files say of it: before, and after; missing where they do not have it. */
  readonly from?: string;
  readonly to?: string;
}

const MANIFESTS = 'observed/manifests';
/** Beside the services of a file: no service of Compose, Kubernetes or supervisord is named like this. */
const FLAWS = ' flaws.json';

/** One for each service, below the path of the file that declares it. */
export async function* declaredDocuments(
  paths: readonly string[],
  context: CaptureContext,
): AsyncGenerator<StateDocument> {
  for (const file of await readLiveFiles(paths, context)) {
    const directory = `${MANIFESTS}${file.path}`;
    const { declared, flaws } = parseManifest(file);
    for (const { name, says } of declared)
      yield { path: `${directory}/${nameInPath(name)}.json`, content: encodeDocument({ name, ...says }) };
    if (flaws.length > 0)
      yield { path: `${directory}/${FLAWS}`, content: encodeDocument(flaws.map((flaw) => ({ ...flaw }))) };
  }
}

/** What the files of two states say differently, by name. */
export async function findDeclaredChanges(from: StateReader, to: StateReader): Promise<DeclaredChange[]> {
  const [before, after] = await Promise.all([readDeclared(from), readDeclared(to)]);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => {
      const [was, becomes] = [before.get(name), after.get(name)];
      return {
        name,
        ...(was === undefined ? {} : { from: was }),
        ...(becomes === undefined ? {} : { to: becomes }),
      };
    });
}

/** A capture is not worth less because a file can't be read that is captured, and complained about, anyway. */
async function readLiveFiles(paths: readonly string[], context: CaptureContext) {
  try {
    return (await readManifestFiles(paths, runOnHost)) ?? [];
  } catch (error) {
    if (!isSavepointError(error, 'STATE_UNREADABLE')) throw error;
    context.report({ object: 'manifests', code: error.code, message: error.message });
    return [];
  }
}

/** In one line for each service; the last file that declares one is the one that counts. */
async function readDeclared(reader: StateReader): Promise<Map<string, string>> {
  const declared = new Map<string, string>();
  for (const path of await reader.list(MANIFESTS)) {
    if (path.endsWith(`/${FLAWS}`)) continue;
    const document = await readDocument<JsonObject & { readonly name: string }>(reader, path);
    if (document === undefined) continue;
    const { name, ...says } = document;
    declared.set(name, Object.values(says).flat().join(', '));
  }
  return declared;
}
