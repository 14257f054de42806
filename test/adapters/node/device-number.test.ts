// Device numbers survive both packings over their whole range, and others are known for what they are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fromNativeDevice,
  isDeviceNumber,
  packDevice,
  toNativeDevice,
  unpackDevice,
} from '#adapters/node/device-number.js';

const devices = fc.record({
  major: fc.integer({ min: 0, max: 0xfff }),
  minor: fc.integer({ min: 0, max: 0xfffff }),
});

test('every device number comes back from its word, signed as that is, and from its dev_t', () => {
  fc.assert(
    fc.property(devices, (device) => {
      expect(unpackDevice(packDevice(device))).toEqual(device);
      expect(unpackDevice(Int32Array.of(packDevice(device))[0])).toEqual(device);
      expect(fromNativeDevice(toNativeDevice(device))).toEqual(device);
      expect(isDeviceNumber(device)).toBe(true);
    }),
  );
});

test('a dev_t is what makedev(3) makes', () => {
  expect(toNativeDevice({ major: 8, minor: 1 })).toBe(0x801);
  expect(toNativeDevice({ major: 0xabc, minor: 0x12345 })).toBe(0x123abc45);
  expect(toNativeDevice({ major: 4095, minor: 1048575 })).toBe(0xffffffff);
});

test.each([
  { major: 4096, minor: 0 },
  { major: 0, minor: 1048576 },
  { major: -1, minor: 0 },
  { major: 1.5, minor: 0 },
  { major: Number.NaN, minor: 0 },
])('%j is no device number of Linux', (device) => {
  expect(isDeviceNumber(device)).toBe(false);
});
