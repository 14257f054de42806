// store.json: what a store is, written once when it is made. Canonical text with a checksum, so that any changed
// byte is noticed.
import { SavepointError } from './errors.js';
import type { ObjectFormat } from './object-id.js';
import type { Platform } from './platform.js';

export const STORE_FORMAT = 1;
export const SETTINGS_NAME = 'store.json';

export interface StoreSettings {
  /** The version of the layout; a later one is refused. */
  readonly format: number;
  /** Unpredictable, to tell stores apart. */
  readonly id: string;
  readonly objectFormat: ObjectFormat;
  readonly chunking: {
    readonly algorithm: 'fastcdc';
    readonly minimumBytes: number;
    readonly averageBytes: number;
    readonly maximumBytes: number;
    readonly seed: number;
  };
  readonly codec: 'zstd';
  readonly encryption: 'none';
}

/** The bytes of store.json: the settings, and the CRC-32 of their JSON text. */
export function encodeSettings(platform: Platform, settings: StoreSettings): Uint8Array {
  const encoder = new TextEncoder();
  const checksum = platform.crc32(encoder.encode(JSON.stringify(settings))).toString(16).padStart(8, '0');
  return encoder.encode(`${JSON.stringify({ ...settings, checksum }, null, 2)}\n`);
}

/** The settings in `bytes`. Throws STORE_NEWER, or STORE_CORRUPT where a single byte is not as it was written. */
export function parseSettings(platform: Platform, bytes: Uint8Array, location: string): StoreSettings {
  const parsed = parseJson(bytes, location);
  const { checksum: _, ...rest } = parsed;
  const settings = rest as unknown as StoreSettings;
  if (typeof settings.format === 'number' && settings.format > STORE_FORMAT) {
    throw new SavepointError(
      'STORE_NEWER',
      `The store ${location} has format ${settings.format}; this version reads up to ${STORE_FORMAT}. Use a newer savepoint.`,
      { fields: { location, found: settings.format, expected: STORE_FORMAT } },
    );
  }
  const again = encodeSettings(platform, settings);
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i])) throw corruptSettings(location);
  return settings;
}

function parseJson(bytes: Uint8Array, location: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw corruptSettings(location, error);
  }
  throw corruptSettings(location);
}

function corruptSettings(location: string, cause?: unknown): SavepointError {
  return new SavepointError(
    'STORE_CORRUPT',
    `${SETTINGS_NAME} of the store ${location} is damaged. Run 'savepoint verify --repair', which finds the settings in the packs again.`,
    { fields: { location, file: SETTINGS_NAME }, cause },
  );
}
