// `savepoint serve`: says where it serves, and serves until it is told to end.
import type { PointServer, ServeOptions } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { escapeName } from './escape-name.js';
import { withSavepoint } from './with-savepoint.js';

const LAST_PORT = 65_535;

export async function serveCommand(context: CommandContext): Promise<Outcome> {
  const { output, interruption } = context;
  const options = readOptions(context);
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const server = await savepoint.serveWebdav({
      ...options,
      onProblem: ({ path, message }) => output.problem(`savepoint: ${escapeName(path)}: ${message}`),
    });
    announce(context, server);
    const stop = () => void server.close();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    await server.ended;
    return 'done';
  });
}

/** Throws USAGE. */
function readOptions({ operands, options }: CommandContext): ServeOptions {
  if (!options.has('webdav')) throw usageError("Say how to serve: '--webdav'.", { command: 'serve' });
  const [point] = operands;
  const [host, file] = [options.find('host'), options.find('credentials')];
  const given = process.env['SAVEPOINT_CREDENTIALS'];
  return {
    ...(point === undefined ? {} : { point }),
    ...(host === undefined ? {} : { host }),
    ...portOption(options.find('port')),
    ...(file === undefined ? {} : { credentialsFile: file }),
    ...(given === undefined || given === '' ? {} : { credentials: [given] }),
    allowRemote: options.has('allow-remote'),
  };
}

function portOption(text: string | undefined): { readonly port?: number } {
  if (text === undefined) return {};
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= LAST_PORT) return { port };
  throw usageError(`'${text}' is no port: a number from 0 to ${LAST_PORT}.`, { command: 'serve' });
}

function announce({ output }: CommandContext, { url, address, port, point }: PointServer): void {
  if (output.json) {
    output.record({ url, address, port, ...(point === undefined ? {} : { point: point.name }) });
  } else {
    const what = point === undefined ? 'all points' : escapeName(point.name);
    output.result(`Serving ${what} at ${url}`);
  }
  output.passOn();
}
