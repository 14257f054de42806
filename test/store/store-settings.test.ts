// store.json and its copy: canonical, guarded against every flipped bit, each of them enough.
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { isSavepointError } from '#store/errors.js';
import {
  createSettings,
  encodeSettings,
  findDamagedSettings,
  findSettings,
  parseSettings,
  repairSettings,
  SETTINGS_COPY_NAME,
  SETTINGS_NAME,
  type StoreSettings,
} from '#store/store-settings.js';
import { createMapBackend, type StoredBytes } from './map-backend.js';

const platform = await createNodePlatform();
const SETTINGS: StoreSettings = {
  format: 1,
  id: '0123456789abcdef'.repeat(2),
  objectFormat: 'sha256',
  chunking: {
    algorithm: 'fastcdc',
    minimumBytes: 262144,
    averageBytes: 1048576,
    maximumBytes: 4194304,
    seed: 0,
  },
  codec: 'zstd',
  encryption: 'none',
};
const BYTES = encodeSettings(platform, SETTINGS);
const NAMES = [SETTINGS_NAME, SETTINGS_COPY_NAME];

async function placeWithStore() {
  const files: StoredBytes = new Map();
  const place = { backend: createMapBackend(files), platform };
  expect(await createSettings(place, SETTINGS)).toBe(true);
  return { files, place };
}

describe('settings', () => {
  it('come back from their bytes, which are text with a checksum', () => {
    expect(parseSettings(platform, BYTES, 'here')).toEqual(SETTINGS);
    expect(JSON.parse(Buffer.from(BYTES).toString())).toMatchObject({
      ...SETTINGS,
      checksum: expect.any(String),
    });
  });

  it('are refused as damaged with any bit flipped and at any other length', () => {
    const codeOf = (bytes: Uint8Array) => {
      try {
        parseSettings(platform, bytes, 'here');
        return 'none';
      } catch (error) {
        return isSavepointError(error) ? error.code : String(error);
      }
    };
    for (let bit = 0; bit < BYTES.length * 8; bit++) {
      const flipped = BYTES.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(codeOf(flipped), `bit ${bit}`).toBe('STORE_CORRUPT');
    }
    for (let length = 0; length < BYTES.length; length++) {
      expect(codeOf(BYTES.subarray(0, length)), `${length} bytes`).toBe('STORE_CORRUPT');
    }
    expect(codeOf(Buffer.concat([BYTES, Buffer.from('\n')]))).toBe('STORE_CORRUPT');
    for (const other of ['null', '[]', '1', '"a"']) expect(codeOf(Buffer.from(other))).toBe('STORE_CORRUPT');
  });

  it('of a later format are refused as that', () => {
    const later = { ...SETTINGS, format: 2, something: 'new' };
    const refusal = { code: 'STORE_NEWER', fields: { location: 'here', found: 2, expected: 1 } };
    expect(() => parseSettings(platform, encodeSettings(platform, later), 'here')).toThrow(
      expect.objectContaining(refusal),
    );
  });
});

describe('the two copies of the settings', () => {
  it('are made once', async () => {
    const { files, place } = await placeWithStore();
    const before = new Map(files);
    expect([...files.keys()].sort()).toEqual([...NAMES].sort());
    expect(await createSettings(place, { ...SETTINGS, id: 'f'.repeat(32) })).toBe(false);
    expect(files).toEqual(before);
    expect(await findSettings({ backend: createMapBackend(), platform })).toBeUndefined();
  });

  it.each(NAMES)('are enough without %s, and with it damaged', async (name) => {
    const { files, place } = await placeWithStore();
    for (const bytes of [undefined, new Uint8Array(), BYTES.map((byte) => byte ^ 1), BYTES.subarray(1)]) {
      if (bytes === undefined) files.delete(name);
      else files.set(name, bytes);
      expect(await findSettings(place)).toEqual(SETTINGS);
      expect(await findDamagedSettings(place, SETTINGS)).toEqual([name]);
      await repairSettings(place, SETTINGS);
      expect(await findDamagedSettings(place, SETTINGS)).toEqual([]);
    }
  });

  it('are refused where both are damaged', async () => {
    const { files, place } = await placeWithStore();
    for (const name of NAMES) files.set(name, BYTES.subarray(1));
    await expect(findSettings(place)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      fields: { location: 'a map' },
    });
  });
});
