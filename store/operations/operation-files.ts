// The files of the operation log: operations/<number>.entry, and operations/<first>-<last>.entries where many have
// become one. Numbers have ten digits, so that names sort as they do.
import { type Backend, listNames } from '../backend.js';

/** A file and the numbers of the entries in it. */
export interface LogFile {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

const FOLDER = 'operations';
const NAME = /^operations\/(\d{10})(?:-(\d{10}))?\.(entry|entries)$/;

export function entryFile(number: number): string {
  return `${FOLDER}/${spell(number)}.entry`;
}

export function segmentFile(first: number, last: number): string {
  return `${FOLDER}/${spell(first)}-${spell(last)}.entries`;
}

/** The files of the log in the order of their entries, without those that another one has taken in. */
export async function listLogFiles(backend: Backend): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const name of await listNames(backend, FOLDER)) {
    const match = NAME.exec(name);
    if (match !== null) files.push({ name, first: Number(match[1]), last: Number(match[2] ?? match[1]) });
  }
  files.sort((left, right) => left.first - right.first || right.last - left.last);
  const kept: LogFile[] = [];
  for (const file of files) if (file.last > (kept.at(-1)?.last ?? 0)) kept.push(file);
  return kept;
}

function spell(number: number): string {
  return String(number).padStart(10, '0');
}
