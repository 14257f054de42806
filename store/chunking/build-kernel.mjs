// Compiles fastcdc-kernel.as.ts to WebAssembly and writes it, as base64, to fastcdc-kernel.generated.ts.
// Does nothing where that file was made from the same source by the same compiler and script.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE_NAME = 'fastcdc-kernel.as.ts';
const TARGET = fileURLToPath(new URL('fastcdc-kernel.generated.ts', import.meta.url));
const MEMORY_PAGES = 1;

const source = readFileSync(new URL(SOURCE_NAME, import.meta.url), 'utf8');
const stamp = `// Made by build-kernel.mjs from ${SOURCE_NAME}; inputs: ${hashInputs()}`;
if (!isUpToDate()) await build();

function hashInputs() {
  const compiler = JSON.parse(
    readFileSync(new URL(import.meta.resolve('assemblyscript/package.json')), 'utf8'),
  );
  const script = readFileSync(new URL(import.meta.url));
  return createHash('sha256').update(script).update(`\0${compiler.version}\0`).update(source).digest('hex');
}

function isUpToDate() {
  try {
    return readFileSync(TARGET, 'utf8').startsWith(`${stamp}\n`);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

async function build() {
  const binary = await compile();
  const text = `${stamp}\nexport const KERNEL_BASE64 =\n  '${Buffer.from(binary).toString('base64')}';\n`;
  // Builds that run side by side must never read half a file.
  const unfinished = `${TARGET}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, TARGET);
}

async function compile() {
  const { main } = await import('assemblyscript/asc');
  const written = new Map();
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--initialMemory', String(MEMORY_PAGES)];
  const { error, stderr } = await main([SOURCE_NAME, ...options, '--outFile', 'kernel.wasm'], {
    readFile: (name) => (name === SOURCE_NAME ? source : null),
    writeFile: (name, content) => written.set(name, content),
    listFiles: () => [],
  });
  if (error) throw new Error(`${SOURCE_NAME} does not compile:\n${stderr}`, { cause: error });
  return written.get('kernel.wasm');
}
