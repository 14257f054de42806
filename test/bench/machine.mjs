// The facts that figures depend on: processor, memory, kernel, file systems, and the tools' versions.
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { CommandError, run } from './process.mjs';

/** @param {string} dataDirectory */
export async function describeMachine(dataDirectory) {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    architecture: arch(),
    kernel: release(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    dataFileSystem: (await run({ argv: ['stat', '-f', '-c', '%T', dataDirectory] })).trim(),
    loadAtStart: loadavg()[0],
    node: process.versions.node,
  };
}

/**
 * The first lines that a tool's own version commands print.
 * @param {import('./tools/tool.mjs').Tool} tool
 */
export async function describeTool({ name, title, versionCommands, unavailable }) {
  if (unavailable !== undefined) return { name, title, unavailable };
  const versions = [];
  for (const argv of versionCommands) {
    try {
      versions.push((await run({ argv })).trim().split('\n')[0]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      versions.push(`unknown (${error.message})`);
    }
  }
  return { name, title, version: versions.join('; ') };
}
