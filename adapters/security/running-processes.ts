// The processes that run, with their names and users, from /proc. One that ends meanwhile is left out.
import { readdirSync, readFileSync } from 'node:fs';
import { tolerate } from '../backends/storage-error.js';

export interface RunningProcess {
  readonly id: number;
  readonly name: string;
  /** The real and the effective one. */
  readonly userIds: readonly number[];
}

export function listProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((left, right) => left - right)
    .flatMap((id) => readProcess(id) ?? []);
}

function readProcess(id: number): RunningProcess | undefined {
  const read = () => readFileSync(`/proc/${id}/status`, 'utf8');
  const status = tolerate(['ENOENT', 'ESRCH', 'EACCES'], read) ?? '';
  const name = /^Name:\t(.*)$/m.exec(status)?.[1];
  const ids = /^Uid:\t(\d+)\t(\d+)/m.exec(status);
  if (name === undefined || ids === null) return undefined;
  return { id, name, userIds: [...new Set([Number(ids[1]), Number(ids[2])])] };
}
