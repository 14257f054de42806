// Serves the kernel's state adapter to a test from within namespaces of its own: one JSON line in for each call, one out.
import { createInterface } from 'node:readline';
import { kernelAdapter } from '#adapters/kernel/kernel-adapter.js';

const fromBase64 = (documents) =>
  new Map(documents.map(([path, content]) => [path, new Uint8Array(Buffer.from(content, 'base64'))]));

function readerOf(documents) {
  const found = fromBase64(documents);
  return {
    list: async (prefix) => [...found.keys()].filter((path) => path.startsWith(`${prefix}/`)).sort(),
    read: async (path) => found.get(path),
  };
}

const calls = {
  async capture({ context }) {
    const [documents, problems] = [[], []];
    const captured = kernelAdapter.capture({ ...context, report: (problem) => problems.push(problem) });
    for await (const { path, content } of captured)
      documents.push([path, Buffer.from(content).toString('base64')]);
    return { documents, problems };
  },
  stage: ({ context, steps, from, to }) =>
    kernelAdapter.stage(steps, { ...context, from: readerOf(from), to: readerOf(to) }),
  async apply({ context, prepared }) {
    const done = [];
    const problems = await kernelAdapter.apply(prepared, {
      ...context,
      done: ({ object }) => done.push(object),
    });
    return { problems, done };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await calls[call](given)) ?? null };
  } catch (error) {
    answer = { error: { code: error.code, message: error.message, stack: error.stack } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
