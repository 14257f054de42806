// The two records of the ref log as bytes. Each record has exactly one spelling: what is not the same when it
// is spelled again is REF_CORRUPT.

import { compareNames } from '../names.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../object-id.js';
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
const CHANGE_LINE = /^change (-|[0-9a-f]+) (-|[0-9a-f]+) (\S+)$/;
const REF_LINE = /^ref [0-9a-f]+ \d{1,10} \S+$/;
const ID_START = 'ref '.length;

/** Older values first; those of one transaction by name. */
export function compareRefs(left: readonly [string, RefValue], right: readonly [string, RefValue]): number {
  return left[1].sequence - right[1].sequence || compareNames(left[0], right[0]);
}

/**
 * `savepoint ref transaction 1`, `sequence N`, `time N`, then for each ref `change EXPECTED VALUE NAME`, where '-'
 * stands for no such ref, then the checksum line.
 */
export function encodeTransaction({ platform }: RecordContext, transaction: RefTransaction): Uint8Array {
  return sealRecord(platform, 'transaction', spellTransaction(transaction));
}

/** The transaction `sequence`, from the `bytes` of its file. Throws REF_CORRUPT. */
export function decodeTransaction(
  { platform, format }: RecordContext,
  sequence: number,
  bytes: Uint8Array,
): RefTransaction {
  const file = transactionFile(sequence);
  const lines = unsealRecord(platform, { file, bytes, kind: 'transaction' });
  const timeMs = parseNumber(file, /^time (\d{1,16})$/.exec(lines[1])?.[1]);
  const changes = lines.slice(2).map((line): RefChange => {
    const [, expected, value, name] = CHANGE_LINE.exec(line) ?? failOnLine(file, line);
    return {
      name: parseName(file, name),
      expected: expected === NO_VALUE ? undefined : parseId(file, expected, format),
      value: value === NO_VALUE ? undefined : parseId(file, value, format),
    };
  });
  const transaction = { sequence, timeMs, changes };
  const names = changes.map((change) => change.name);
  expectCanonical(file, names, { lines, spelled: spellTransaction(transaction) });
  return transaction;
}

/** `savepoint ref snapshot 1`, `sequence N`, then for each ref `ref ID SEQUENCE NAME`, then the checksum line. */
export function encodeSnapshot({ platform }: RecordContext, snapshot: RefSnapshot): Uint8Array {
  return sealRecord(platform, 'snapshot', spellSnapshot(snapshot));
}

/** The snapshot `sequence`, from the `bytes` of its file. Throws REF_CORRUPT. */
export function decodeSnapshot(
  { platform, format }: RecordContext,
  sequence: number,
  bytes: Uint8Array,
): RefSnapshot {
  const file = snapshotFile(sequence);
  const lines = unsealRecord(platform, { file, bytes, kind: 'snapshot' });
  const refs = new Map<string, RefValue>();
  const idEnd = ID_START + ID_LENGTH_BYTES[format] * 2;
  // To spell it again for comparison would take several times as long as all else here.
  let isCanonical = lines[0] === `sequence ${sequence}`;
  let [lastName, lastSequence] = ['', 0];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at];
    if (!REF_LINE.test(line)) failOnLine(file, line);
    const end = line.indexOf(' ', ID_START);
    if (end !== idEnd) parseId(file, line.slice(ID_START, end), format);
    const nameStart = line.indexOf(' ', idEnd + 1) + 1;
    const name = parseName(file, line.slice(nameStart));
    const changed = Number(line.slice(idEnd + 1, nameStart - 1));
    if (changed > sequence) failOnLine(file, line);
    const follows = changed > lastSequence || (changed === lastSequence && compareNames(lastName, name) < 0);
    isCanonical &&= follows && (line[idEnd + 1] !== '0' || nameStart === idEnd + 3);
    refs.set(name, { id: line.slice(ID_START, idEnd) as ObjectId, sequence: changed });
    [lastName, lastSequence] = [name, changed];
  }
  if (refs.size !== Math.max(0, lines.length - 1)) throw describeDamage(file, 'names a ref twice');
  if (!isCanonical) throw describeDamage(file, 'is not spelled as it has to be');
  return { sequence, refs };
}

function spellTransaction({ sequence, timeMs, changes }: RefTransaction): string[] {
  const sorted = [...changes].sort((left, right) => compareNames(left.name, right.name));
  return [
    `sequence ${sequence}`,
    `time ${timeMs}`,
    ...sorted.map(({ name, expected = NO_VALUE, value = NO_VALUE }) => `change ${expected} ${value} ${name}`),
  ];
}

function spellSnapshot({ sequence, refs }: RefSnapshot): string[] {
  const lines = [`sequence ${sequence}`];
  for (const [name, value] of [...refs].sort(compareRefs))
    lines.push(`ref ${value.id} ${value.sequence} ${name}`);
  return lines;
}

function parseNumber(file: string, text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw describeDamage(file, `has the odd number '${text}'`);
  return value;
}

function parseId(file: string, text: string, format: ObjectFormat): ObjectId {
  if (text.length === ID_LENGTH_BYTES[format] * 2) return text as ObjectId;
  throw describeDamage(file, `has '${text}' where a ${format} object id has to be`);
}

function parseName(file: string, name: string): string {
  const complaint = findRefNameComplaint(name);
  if (complaint === undefined) return name;
  throw describeDamage(file, `has the bad name '${name}' (${complaint})`);
}

function failOnLine(file: string, line: string): never {
  throw describeDamage(file, `has the odd line '${line}'`);
}

function expectCanonical(
  file: string,
  names: readonly string[],
  { lines, spelled }: { lines: readonly string[]; spelled: readonly string[] },
): void {
  if (new Set(names).size !== names.length) throw describeDamage(file, 'names a ref twice');
  if (lines.length !== spelled.length || !lines.every((line, i) => line === spelled[i])) {
    throw describeDamage(file, 'is not spelled as it has to be');
  }
}
