// A process that opens a directory afresh each time and reads two files through it, until it is told to stop: then it says
// how often it saw what. Files that are gone by then are of no state.
import fs from 'node:fs';

const [root, ...names] = process.argv.slice(2);
const seen = {};
const { O_RDONLY, O_DIRECTORY } = fs.constants;

function readTogether() {
  let directory;
  try {
    directory = fs.openSync(root, O_RDONLY | O_DIRECTORY);
    return names.map((name) => fs.readFileSync(`/proc/self/fd/${directory}/${name}`, 'utf8')).join(' and ');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return directory === undefined ? 'no root' : 'gone';
  } finally {
    if (directory !== undefined) fs.closeSync(directory);
  }
}

function readOn() {
  for (let time = 0; time < 100; time++) {
    const found = readTogether();
    seen[found] = (seen[found] ?? 0) + 1;
  }
  setImmediate(readOn);
}

process.on('message', () => process.send(seen, () => process.exit()));
process.send('ready');
readOn();
