// The two records of the ref log as bytes. Each state of a record has exactly one spelling: what does not encode to
// the same bytes again is REF_CORRUPT.
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../object-id.js';
import { compareBytes, compareNames } from '../names.js';
import { type Checksum, sealRecord, unsealRecord } from './record-envelope.js';
import { describeDamage, snapshotFile, transactionFile } from './ref-files.js';
import { findRefNameComplaint } from './ref-name.js';

/** One ref of a transaction. `undefined` stands for no such ref; where the two are equal, the ref is only checked. */
export interface RefChange {
  readonly name: string;
  readonly expected: ObjectId | undefined;
  readonly value: ObjectId | undefined;
}

export interface RefTransaction {
  readonly sequence: number;
  /** When it was made, in milliseconds since 1970. */
  readonly timeMs: number;
  /** In the order of `compareNames`, each name once. */
  readonly changes: readonly RefChange[];
}

export interface RefValue {
  readonly id: ObjectId;
  /** Of the transaction that gave the ref this value. */
  readonly sequence: number;
}

export interface RefSnapshot {
  readonly sequence: number;
  /** In the order of `compareRefs`. */
  readonly refs: ReadonlyMap<string, RefValue>;
}

export interface RecordContext {
  readonly platform: Checksum;
  readonly format: ObjectFormat;
}

const NO_VALUE = '-';

/** Older values first; those of one transaction by name. */
export function compareRefs(left: readonly [string, RefValue], right: readonly [string, RefValue]): number {
  return left[1].sequence - right[1].sequence || compareNames(left[0], right[0]);
}

/**
 * `savepoint ref transaction 1`, `sequence N`, `time N`, then for each ref `change EXPECTED VALUE NAME`, where '-'
 * stands for no such ref, then the checksum line.
 */
export function encodeTransaction(context: RecordContext, transaction: RefTransaction): Uint8Array {
  const changes = [...transaction.changes]
    .sort((left, right) => compareNames(left.name, right.name))
    .map(({ name, expected, value }) => `change ${expected ?? NO_VALUE} ${value ?? NO_VALUE} ${name}`);
  const lines = [`sequence ${transaction.sequence}`, `time ${transaction.timeMs}`, ...changes];
  return sealRecord(context.platform, 'transaction', lines);
}

/** The transaction `sequence`, from the `bytes` of its file. Throws REF_CORRUPT. */
export function decodeTransaction(
  context: RecordContext,
  sequence: number,
  bytes: Uint8Array,
): RefTransaction {
  const file = transactionFile(sequence);
  const lines = unsealRecord(context.platform, { file, bytes, kind: 'transaction' });
  const timeMs = parseNumber(file, /^time (\d{1,16})$/.exec(lines[1])?.[1]);
  const changes = lines.slice(2).map((line) => {
    const [word, expected, value, name, ...rest] = line.split(' ');
    if (word !== 'change' || rest.length > 0) throw describeDamage(file, `has the odd line '${line}'`);
    return {
      name: parseName(file, name),
      expected: expected === NO_VALUE ? undefined : parseId(context, file, expected),
      value: value === NO_VALUE ? undefined : parseId(context, file, value),
    };
  });
  const transaction = { sequence, timeMs, changes };
  expectUnique(file, changes.map((change) => change.name));
  expectSpelling(file, bytes, encodeTransaction(context, transaction));
  return transaction;
}

/** `savepoint ref snapshot 1`, `sequence N`, then for each ref `ref ID SEQUENCE NAME`, then the checksum line. */
export function encodeSnapshot(context: RecordContext, snapshot: RefSnapshot): Uint8Array {
  const refs = [...snapshot.refs]
    .sort(compareRefs)
    .map(([name, { id, sequence }]) => `ref ${id} ${sequence} ${name}`);
  return sealRecord(context.platform, 'snapshot', [`sequence ${snapshot.sequence}`, ...refs]);
}

/** The snapshot `sequence`, from the `bytes` of its file. Throws REF_CORRUPT. */
export function decodeSnapshot(context: RecordContext, sequence: number, bytes: Uint8Array): RefSnapshot {
  const file = snapshotFile(sequence);
  const lines = unsealRecord(context.platform, { file, bytes, kind: 'snapshot' });
  const refs = lines.slice(1).map((line): [string, RefValue] => {
    const [word, id, changed, name, ...rest] = line.split(' ');
    const sequenceOfValue = parseNumber(file, changed);
    if (word !== 'ref' || rest.length > 0 || sequenceOfValue > sequence) {
      throw describeDamage(file, `has the odd line '${line}'`);
    }
    return [parseName(file, name), { id: parseId(context, file, id), sequence: sequenceOfValue }];
  });
  const snapshot = { sequence, refs: new Map(refs) };
  expectUnique(file, refs.map(([name]) => name));
  expectSpelling(file, bytes, encodeSnapshot(context, snapshot));
  return snapshot;
}

function parseNumber(file: string, text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw describeDamage(file, `has the odd number '${text}'`);
  return value;
}

function parseId({ format }: RecordContext, file: string, text: string | undefined): ObjectId {
  if (text?.length === ID_LENGTH_BYTES[format] * 2 && /^[0-9a-f]+$/.test(text)) return text as ObjectId;
  throw describeDamage(file, `has '${text}' where a ${format} object id has to be`);
}

function parseName(file: string, name: string | undefined): string {
  const complaint = name === undefined ? 'it is missing' : findRefNameComplaint(name);
  if (name === undefined || complaint !== undefined) {
    throw describeDamage(file, `has the bad name '${name}' (${complaint})`);
  }
  return name;
}

function expectUnique(file: string, names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw describeDamage(file, 'names a ref twice');
}

function expectSpelling(file: string, found: Uint8Array, spelled: Uint8Array): void {
  if (compareBytes(found, spelled) !== 0) throw describeDamage(file, 'is not spelled as it has to be');
}
