// The files of the journal: a record each, sealed with a checksum, written durably and as a whole.
import { SavepointError } from '../../store/errors.js';
import { sealJson, unsealJson } from '../../store/sealed-json.js';
import type { Store } from '../../store/store.js';

export type RecordPlace = Pick<Store, 'backend' | 'platform'>;

/**
 * 2 for the journal, since a component may be exchanged as a whole, and 3, since a state adapter may have it: who does not
 * know that must not finish it.
 */
const formatOf = (name: string) => (name.startsWith('journal/') ? 3 : 1);

/** Makes a record; answers false, and changes nothing, where its name is taken. */
export function createRecord(place: RecordPlace, name: string, record: object): Promise<boolean> {
  return place.backend.createExclusive(name, seal(place, name, record));
}

/** Records of an operation that is over may have been left behind: they are replaced. */
export async function replaceRecord(place: RecordPlace, name: string, record: object): Promise<void> {
  await place.backend.replace(name, seal(place, name, record));
}

/** Throws JOURNAL_CORRUPT, STORE_NEWER. */
export async function findRecord<T>(
  { backend, platform }: RecordPlace,
  name: string,
): Promise<T | undefined> {
  const bytes = await backend.read(name);
  if (bytes === undefined) return undefined;
  const record = unsealJson<T & { format: number }>(platform, bytes);
  if (record === undefined) throw corruptJournal(name);
  if (record.format <= formatOf(name)) return record;
  throw new SavepointError(
    'STORE_NEWER',
    `'${name}' was written by a newer version: update savepoint and repeat.`,
    {
      fields: { file: name, found: record.format, expected: formatOf(name) },
    },
  );
}

function seal({ platform }: RecordPlace, name: string, record: object): Uint8Array {
  // One that is made of an earlier record may still say the format of that.
  return sealJson(platform, Object.assign({ format: 0 }, record, { format: formatOf(name) }));
}

function corruptJournal(file: string): SavepointError {
  return new SavepointError(
    'JOURNAL_CORRUPT',
    `'${file}' fails its checksum, so it can't be told how far an operation came. Look at the components by 'savepoint diff', then remove the store's ${file.split('/')[0]} folder by hand.`,
    { fields: { file } },
  );
}
