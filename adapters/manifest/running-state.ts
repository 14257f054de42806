// What runs, as `read` says it: services by name where its output is known, else its text. Only what stays the same while
// nothing changes is part of it.
import { encodeDocument, readDocument } from '../state/json-document.js';
import type { JsonObject, StateDocument, StateReader } from '../state/state-adapter.js';

export type Service = {
  readonly name: string;
  /** In the words of the program that runs it: RUNNING, exited (1), Ready. */
  readonly state: string;
  /** What else is known of it, such as its image. */
  readonly details?: JsonObject;
};

export type Running = { readonly services: readonly Service[] } | { readonly text: string };

/** How `read` went when the documents were captured. */
export type Reading = {
  readonly command: string;
  /** Why what runs could not be read. */
  readonly failure?: string;
};

/** What the documents of a capture say about what runs. */
export interface RecordedState {
  /** Missing where no `read` was configured. */
  readonly reading?: Reading;
  /** Missing where it was not, or could not be, read. */
  readonly running?: Running;
}

const SERVICES = 'state/services';
const TEXT = 'state/running';
const READING = 'observed/read.json';

/** Where nothing runs there is an empty text: not the same as nothing being known. */
export function* runningDocuments(running: Running): Generator<StateDocument> {
  if ('text' in running || running.services.length === 0) {
    yield { path: TEXT, content: new TextEncoder().encode('text' in running ? running.text : '') };
    return;
  }
  for (const service of running.services)
    yield { path: `${SERVICES}/${nameInPath(service.name)}.json`, content: encodeDocument(service) };
}

export function readingDocument(reading: Reading): StateDocument {
  return { path: READING, content: encodeDocument(reading) };
}

export async function readRecordedState(reader: StateReader): Promise<RecordedState> {
  const reading = await readDocument<Reading>(reader, READING);
  const running = await readRunningDocuments(reader);
  return { ...(reading === undefined ? {} : { reading }), ...(running === undefined ? {} : { running }) };
}

async function readRunningDocuments(reader: StateReader): Promise<Running | undefined> {
  const text = await reader.read(TEXT);
  if (text !== undefined) {
    const words = new TextDecoder().decode(text);
    return words === '' ? { services: [] } : { text: words };
  }
  const services: Service[] = [];
  for (const path of await reader.list(SERVICES)) {
    const service = await readDocument<Service>(reader, path);
    if (service !== undefined) services.push(service);
  }
  return services.length === 0 ? undefined : { services };
}

/**
 * A name as part of a document's path. Names such as `default/Deployment/web` become directories; whatever could lead
 * elsewhere, or to a path that is a document already, is written with percent signs.
 */
export function nameInPath(name: string): string {
  const parts = name.split('/');
  const isPlain = parts.every((part) => /^[A-Za-z0-9_][\w.:@+ -]*$/.test(part));
  const isBelowDocument = parts.slice(0, -1).some((part) => part.endsWith('.json'));
  return isPlain && !isBelowDocument ? name : encodeURIComponent(name);
}
