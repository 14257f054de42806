// Addresses of servers that are not as they have to be: what is said of them repeats nothing that may be secret.
import { SavepointError } from '../../store/errors.js';

/** `example` is of an address that would do. */
export function addressError(component: string, example: string): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `The setting 'url' of ${component} has to be an address such as ${example}, with % before the hexadecimal code of what is special in it.`,
    { fields: { component, setting: 'url' } },
  );
}

/** Settings are part of every point. `others` are further places for a password, as the end of the sentence. */
export function passwordInAddress(component: string, others = ''): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `The setting 'url' of ${component} has a password in it, which would then be in every point. Take it out, and put it into a file that only root can read, named by 'passwordFile'${others}.`,
    { fields: { component, setting: 'url' } },
  );
}

/** A part of an address, without its percent signs. Throws what `invalid` makes. */
export function decodePart(text: string, invalid: () => SavepointError): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalid();
  }
}
