// store.json: what a store is, written once when it is made. Canonical text with a checksum, so that any changed
// byte is noticed.
import type { Backend } from './backend.js';
import { isSavepointError, SavepointError } from './errors.js';
import { equalBytes } from './names.js';
import type { ObjectFormat } from './object-id.js';
import type { Platform } from './platform.js';

export const STORE_FORMAT = 1;
export const SETTINGS_NAME = 'store.json';
/** The same bytes again, for when the first are damaged. */
export const SETTINGS_COPY_NAME = 'store.copy.json';

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
  const checksum = platform
    .crc32(encoder.encode(JSON.stringify(settings)))
    .toString(16)
    .padStart(8, '0');
  return encoder.encode(`${JSON.stringify({ ...settings, checksum }, null, 2)}\n`);
}

/** The settings in `bytes`. Throws STORE_NEWER, or STORE_CORRUPT where a single byte is not as it was written. */
export function parseSettings(platform: Platform, bytes: Uint8Array, location: string): StoreSettings {
  const parsed = parseJson(bytes, location);
  const { checksum: _, ...rest } = parsed;
  const settings = rest as unknown as StoreSettings;
  // First: a flipped bit must not pass for a later version, of which the form is the same.
  if (!equalBytes(encodeSettings(platform, settings), bytes)) throw corruptSettings(location);
  if (typeof settings.format === 'number' && settings.format > STORE_FORMAT) {
    throw new SavepointError(
      'STORE_NEWER',
      `The store ${location} has format ${settings.format}; this version reads up to ${STORE_FORMAT}. Use a newer savepoint.`,
      { fields: { location, found: settings.format, expected: STORE_FORMAT } },
    );
  }
  return settings;
}

/** Whether there is a store, sound or not. */
export async function hasSettings({ backend }: SettingsPlace): Promise<boolean> {
  const sizes = [await backend.size(SETTINGS_NAME), await backend.size(SETTINGS_COPY_NAME)];
  return sizes.some((size) => size !== undefined);
}

/** Writes both copies; answers false, and changes nothing, where there is a store already. */
export async function createSettings(environment: SettingsPlace, settings: StoreSettings): Promise<boolean> {
  const bytes = encodeSettings(environment.platform, settings);
  if (!(await environment.backend.createExclusive(SETTINGS_NAME, bytes))) return false;
  await environment.backend.replace(SETTINGS_COPY_NAME, bytes);
  return true;
}

/** Writes the copy where there is none: whoever made the store may have been killed before that. */
export async function completeSettings(
  { backend, platform }: SettingsPlace,
  settings: StoreSettings,
): Promise<void> {
  if ((await backend.size(SETTINGS_COPY_NAME)) !== undefined) return;
  await backend.replace(SETTINGS_COPY_NAME, encodeSettings(platform, settings));
}

/** The settings, from whichever copy is sound; `undefined` where there is no store. Throws as `parseSettings`. */
export async function findSettings({ backend, platform }: SettingsPlace): Promise<StoreSettings | undefined> {
  const bytes = await backend.read(SETTINGS_NAME);
  const copy = await backend.read(SETTINGS_COPY_NAME);
  if (bytes === undefined && copy === undefined) return undefined;
  try {
    return parseSettings(platform, bytes ?? new Uint8Array(), backend.location);
  } catch (error) {
    if (copy === undefined || !isSavepointError(error, 'STORE_CORRUPT')) throw error;
    return parseSettings(platform, copy, backend.location);
  }
}

/** The copies that are missing or not as they were written. */
export async function findDamagedSettings(
  { backend, platform }: SettingsPlace,
  settings: StoreSettings,
): Promise<string[]> {
  const expected = encodeSettings(platform, settings);
  const damaged: string[] = [];
  for (const name of [SETTINGS_NAME, SETTINGS_COPY_NAME]) {
    const found = await backend.read(name);
    if (found === undefined || !equalBytes(found, expected)) damaged.push(name);
  }
  return damaged;
}

/** Writes both copies anew. */
export async function repairSettings(
  { backend, platform }: SettingsPlace,
  settings: StoreSettings,
): Promise<void> {
  const bytes = encodeSettings(platform, settings);
  for (const name of [SETTINGS_NAME, SETTINGS_COPY_NAME]) await backend.replace(name, bytes);
}

interface SettingsPlace {
  readonly backend: Backend;
  readonly platform: Platform;
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
    `${SETTINGS_NAME} and ${SETTINGS_COPY_NAME} of the store ${location} are damaged. Put one of them back from a copy of the store; nothing else is lost.`,
    { fields: { location, file: SETTINGS_NAME }, cause },
  );
}
