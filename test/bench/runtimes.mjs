// The Node versions that Savepoint is measured on: those named, or the running one and Node 24.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { callersEnvironment, run } from './process.mjs';

const OTHER_MAJOR = '24';

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} title with its version, for the table
 * @property {string} path of the Node binary
 * @property {string | undefined} unavailable why it can't be used
 */

/**
 * @param {{ named: { name: string, path: string }[], dataDirectory: string, report: (text: string) => void }} options
 * @returns {Promise<Runtime[]>}
 */
export async function findRuntimes({ named, dataDirectory, report }) {
  if (named.length > 0) return Promise.all(named.map(probe));
  const running = { name: process.versions.node.split('.')[0], path: process.execPath };
  if (running.name === OTHER_MAJOR) return [await probe(running)];
  return [await probe(running), await fetchOther(dataDirectory, report)];
}

/**
 * @param {{ name: string, path: string }} runtime
 * @returns {Promise<Runtime>}
 */
async function probe({ name, path }) {
  try {
    const version = await run({ argv: [path, '-p', 'process.versions.node'] });
    return { name, title: `Node ${version.trim()}`, path, unavailable: undefined };
  } catch (error) {
    return {
      name,
      title: `Node ${name}`,
      path,
      unavailable: `no such Node: ${/** @type {Error} */ (error).message}`,
    };
  }
}

/**
 * The npm package of the official Node 24 binary, kept in the data directory.
 * @param {string} dataDirectory
 * @param {(text: string) => void} report
 */
async function fetchOther(dataDirectory, report) {
  const name = `node-linux-${process.arch}`;
  const directory = join(dataDirectory, `node-${OTHER_MAJOR}`);
  const path = join(directory, 'node_modules', name, 'bin', 'node');
  if (!existsSync(path)) {
    report(`fetching Node ${OTHER_MAJOR} as the npm package ${name}`);
    const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    try {
      const argv = ['npm', 'install', '--prefix', directory, ...flags, `${name}@${OTHER_MAJOR}`];
      await run({ argv, env: callersEnvironment });
    } catch (error) {
      const unavailable = /** @type {Error} */ (error).message;
      return { name: OTHER_MAJOR, title: `Node ${OTHER_MAJOR}`, path, unavailable };
    }
  }
  return probe({ name: OTHER_MAJOR, path });
}
