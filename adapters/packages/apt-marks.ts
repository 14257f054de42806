// What apt keeps besides dpkg: which packages were only installed because others needed them.
import { readFileSync } from 'node:fs';
import { tolerate } from '../backends/storage-error.js';
import { splitFields } from './dpkg-database.js';

const EXTENDED_STATES = '/var/lib/apt/extended_states';

/** The `name:architecture` of each; those of the architecture `all` stand under the machine's own. */
export function readAutomaticMarks(): Set<string> {
  const text = tolerate(['ENOENT'], () => readFileSync(EXTENDED_STATES, 'utf8')) ?? '';
  const stanzas = text.split('\n\n').map((stanza) => splitFields(stanza.trim()));
  const automatic = stanzas.filter((fields) => fields.get('Auto-Installed') === '1');
  return new Set(automatic.map((fields) => `${fields.get('Package')}:${fields.get('Architecture')}`));
}
