// The version that package.json names, read without loading anything of the library.
import { createRequire } from 'node:module';

export function readVersion(): string {
  return (createRequire(import.meta.url)('savepoint/package.json') as { version: string }).version;
}
