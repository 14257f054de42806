// A process that saves and restores when it is told to: so that a test can kill it, or have several at once. It says
// when it is ready, and answers each request with what came of it or with the code of the error.
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { openSession } from '#src/session.js';

const REQUESTS = {
  async save({ store, paths, name }) {
    const session = await openSession({ store, create: true });
    const { point, problems } = await save(
      session,
      componentsOfPaths(paths),
      name === undefined ? {} : { name },
    );
    await session.close();
    return { point: point.name, problems };
  },
  async restore({ store, point, to, inPlace }) {
    const session = await openSession({ store });
    const { components } = await restore(session, point, inPlace ? { delete: true } : { to });
    await session.close();
    return { problems: components.flatMap(({ problems }) => problems) };
  },
};

process.on('message', async (request) => {
  try {
    process.send({ result: await REQUESTS[request.do](request) });
  } catch (error) {
    process.send({ error: { code: error.code ?? 'UNCODED', message: error.stack } });
  }
});
process.send({ ready: true });
