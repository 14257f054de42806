// A setting of a component that is not as its adapter needs it: one that no schema has seen.
import { SavepointError } from '../../store/errors.js';

export function settingError(component: string, setting: string, expected: string): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `The setting '${setting}' of ${component} has to be ${expected}.`,
    { fields: { component, setting, expected } },
  );
}
