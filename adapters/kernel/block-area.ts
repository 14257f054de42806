// The queues of block devices: scheduler, read-ahead and the like, at the same paths as below /sys/block. Counters are observed.
import { join } from 'node:path';
import type { StateDocument } from '../state/state-adapter.js';
import { captureValue } from './capture-value.js';
import type { AreaCapture, KernelArea } from './kernel-area.js';
import { listEntries, listFilesBelow } from './list-files-below.js';
import { matchNames } from './name-pattern.js';
import { valueArea } from './value-area.js';
import { findWriteObstacle, pickChoice, readValue, writeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const AREA = 'block';
/** What a device has one value of; whatever the scheduler has stands below `iosched`. */
const SETTINGS = [
  ...['scheduler', 'read_ahead_kb', 'nr_requests', 'rq_affinity', 'max_sectors_kb', 'nomerges'],
  ...['wbt_lat_usec', 'rotational', 'add_random', 'iostats', 'write_cache', 'io_poll', 'io_poll_delay'],
  ...['io_timeout', 'stable_writes', 'discard_max_bytes', 'throttle_sample_time'],
];

/** `root` is where the devices are shown. */
export function createBlockArea(root = '/sys/block'): KernelArea {
  return {
    ...valueArea(describeBlock(root)),
    isAsked: ({ block }) => block.length > 0,
    capture: (context) => captureBlock(root, context),
  };
}

function describeBlock(root: string): ValueTraits {
  const fileOf = (name: string) => join(root, name);
  const deviceOf = (name: string) => name.slice(0, name.indexOf('/'));
  const isScheduler = (name: string) => name.endsWith('/queue/scheduler');
  return {
    area: AREA,
    objectOf: (name) => `block ${name}`,
    labelOf: (name) => name,
    groupOf: (name) => `block ${deviceOf(name)}`,
    ownerOf: (name) => (name.includes('/iosched/') ? `${deviceOf(name)}/queue/scheduler` : undefined),
    comesBack: 'it comes with the device, or with the scheduler that has it',
    remedyFor: () => 'Look up what this device takes, set it by hand and repeat.',
    read: (name) => {
      const text = readValue(fileOf(name));
      return text && pickChoice(text);
    },
    write: (name, value) => writeValue(fileOf(name), value),
    findObstacle: (name) => findWriteObstacle(fileOf(name)),
    // A scheduler brings its own settings, and sets others as it finds best.
    rankOf: (name) => (isScheduler(name) ? 0 : 1),
    resets: (name, other) => isScheduler(name) && deviceOf(other) === deviceOf(name),
  };
}

async function* captureBlock(root: string, context: AreaCapture): AsyncIterable<StateDocument> {
  const isAsked = matchNames(context.settings.block);
  for (const { name: device } of listEntries(root)) {
    if (!isAsked(device)) continue;
    const own = SETTINGS.map((setting) => `${device}/queue/${setting}`);
    const tunables = [...listFilesBelow(join(root, device, 'queue/iosched'))];
    for (const name of [...own, ...tunables.map((path) => `${device}/queue/iosched/${path}`)]) {
      const [object, path, file] = [`block ${name}`, `${AREA}/${name}`, join(root, name)];
      yield* captureValue(context, { object, path, file, pick: pickChoice });
    }
    yield* captureValue(context, {
      ...{ object: `block ${device}/stat`, path: `${AREA}/${device}/stat`, file: join(root, device, 'stat') },
      isObserved: true,
    });
  }
}
