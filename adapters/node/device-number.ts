// Device numbers: 12 bits of major and 20 of minor, which is all that Linux has (MINORBITS in linux/kdev_t.h).
// Packed into one word they are the kernel's own order; glibc spreads the bits otherwise (gnu_dev_makedev).

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** Both numbers in a signed word of 32 bits, as it stands in a status. */
export function packDevice({ major, minor }: DeviceNumber): number {
  return (major << 20) | minor;
}

export function unpackDevice(word: number): DeviceNumber {
  return { major: word >>> 20, minor: word & 0xfffff };
}

/** Whether Linux has such a device number. */
export function isDeviceNumber({ major, minor }: DeviceNumber): boolean {
  return fits(major, 0xfff) && fits(minor, 0xfffff);
}

/** The `dev_t` that C takes. */
export function toNativeDevice({ major, minor }: DeviceNumber): number {
  return (((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff)) >>> 0;
}

/** The number that a `dev_t` from C, or from node:fs, stands for. */
export function fromNativeDevice(device: number): DeviceNumber {
  return { major: (device >>> 8) & 0xfff, minor: ((device >>> 12) & 0xfff00) | (device & 0xff) };
}

function fits(value: number, largest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largest;
}
