// The settings of a component of security, with their defaults; and which users its patterns mean.
import picomatch from 'picomatch';
import type { JsonObject, JsonValue } from '../state/state-adapter.js';

export interface SecuritySettings {
  /** Whether the authorized keys of a user belong to the component. */
  readonly includesUser: (name: string) => boolean;
  /** Files and directories whose capabilities belong to it. */
  readonly capabilities: readonly string[];
  /** One of them must be able to log in and to become root; without any, whoever can now. */
  readonly wayIn: readonly string[];
}

const CAPABILITIES = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

export function readSettings(settings: JsonObject): SecuritySettings {
  const patterns = strings(settings['users']) ?? ['*'];
  const includesUser = patterns.length === 0 ? () => false : picomatch([...patterns], { dot: true });
  return {
    includesUser,
    capabilities: strings(settings['capabilities']) ?? CAPABILITIES,
    wayIn: strings(settings['wayIn']) ?? [],
  };
}

function strings(value: JsonValue | undefined): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}
