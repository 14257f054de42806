// Runs git in a repository as whoever owns that, with nothing of the environment that would lead it elsewhere.
import { execFile } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { SavepointError } from 'savepoint';

/** A checkout may have much to write. */
const TIMEOUT_MS = 600_000;

/** Runs git as the owner of the repository. @param {string} repository @param {...string} args */
export async function git(repository, ...args) {
  const owner = existsSync(repository) ? lstatSync(repository) : undefined;
  const isForeign = process.getuid?.() === 0 && owner !== undefined && owner.uid !== 0;
  const identity = isForeign ? { uid: owner.uid, gid: owner.gid, home: await homeOf(owner.uid) } : {};
  return run('git', ['-C', repository, ...args], identity);
}

async function homeOf(uid) {
  const { stdout } = await run('getent', ['passwd', String(uid)]);
  return stdout.split(':')[5] ?? '/nonexistent';
}

/** Runs a program to its end. @returns {Promise<{ exitCode: number, stdout: string, stderr: string }>} */
export function run(program, args, { home, ...identity } = {}) {
  // Such as GIT_DIR, in a hook of another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(inherited),
    ...(home === undefined ? {} : { HOME: home }),
    ...{ LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
    ...{ GIT_COMMITTER_NAME: 'Savepoint', GIT_COMMITTER_EMAIL: 'savepoint@localhost' },
    ...{ GIT_AUTHOR_NAME: 'Savepoint', GIT_AUTHOR_EMAIL: 'savepoint@localhost' },
  };
  const options = { ...identity, env, cwd: '/', timeout: TIMEOUT_MS, maxBuffer: 64 << 20 };
  return new Promise((answer, fail) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') {
        const message = `There is no program '${program}' here; install it and repeat.`;
        fail(new SavepointError('PROGRAM_MISSING', message, { fields: { program }, cause: error }));
      } else if (error !== null && typeof error.code !== 'number') {
        const message = `'${program} ${args.join(' ')}' was ended: ${error.message}`;
        fail(new SavepointError('PROGRAM_FAILED', message, { fields: { program, args }, cause: error }));
      } else answer({ exitCode: error?.code ?? 0, stdout, stderr: stderr.trim() });
    });
  });
}
