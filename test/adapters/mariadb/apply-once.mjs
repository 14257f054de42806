// A process that applies what was prepared once: the path of a file with `prepared` and `context` as JSON.
import { readFileSync } from 'node:fs';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';

const { prepared, context } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const problems = await mariadbAdapter.apply(prepared, { ...context, done: () => {} });
process.stdout.write(JSON.stringify(problems));
