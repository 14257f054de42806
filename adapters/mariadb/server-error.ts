// What a MariaDB server says when it refuses something, as an error with a code of ours: by its number, never by its text.
import { type ErrorCode, SavepointError } from '../../store/errors.js';
import type { ServerAccess } from './server-access.js';

interface Meaning {
  readonly numbers: readonly number[];
  readonly code: ErrorCode;
  readonly remedy: string;
}

/** https://mariadb.com/kb/en/mariadb-error-codes/; MySQL has the same numbers for these. */
const MEANINGS: readonly Meaning[] = [
  { numbers: [1021, 1114], code: 'STORAGE_FULL', remedy: "Free space on the server's disk, and repeat." },
  {
    numbers: [1045, 1698, 1130, 1862],
    code: 'PERMISSION_DENIED',
    remedy: 'See to user and password (a file that passwordFile names), and to the account at the server.',
  },
  {
    numbers: [1044, 1142, 1143, 1227, 1345, 1370, 1410, 1419],
    code: 'PERMISSION_DENIED',
    remedy: 'Grant that to the account that the address names.',
  },
  {
    numbers: [1205, 1213, 1222, 1412, 1969, 1317],
    code: 'STATE_BUSY',
    remedy: 'Another session holds it (SHOW PROCESSLIST says which): repeat when that has ended, or end it.',
  },
  {
    numbers: [1040, 1041, 1037, 1038, 1203, 1226],
    code: 'STATE_BUSY',
    remedy: 'The server has too little left of what it needs: repeat later.',
  },
  {
    numbers: [1053, 1152, 1158, 1159, 1160, 1161, 1927],
    code: 'STATE_UNREADABLE',
    remedy: 'See whether the server runs, and repeat.',
  },
  { numbers: [1049], code: 'STATE_UNREADABLE', remedy: 'Create it, or mend the address.' },
];

const REFUSED: Pick<Meaning, 'code' | 'remedy'> = {
  code: 'STATE_REFUSED',
  remedy: "Look into the server's log for more.",
};

/** `ERROR 1146 (42S02) at line 3: MESSAGE`, in every language. */
const FAILURE = /^ERROR (\d+) \(([0-9A-Z]{5})\)(?: at line \d+)?: (.*)$/m;

/** The client's own numbers are of connections, and what it can't do itself. */
const FIRST_OF_CLIENT = 2000;
const LAST_OF_CLIENT = 2999;

/** Why the client ended, from what it printed. */
export function clientError(said: string, { component }: ServerAccess): SavepointError {
  const [, digits, sqlState, message] = FAILURE.exec(said) ?? [];
  if (digits === undefined) {
    return new SavepointError(
      'STATE_UNREADABLE',
      `the connection to the server was cut${said.trim() === '' ? '' : `: ${said.trim()}`}. See whether the server runs, and repeat.`,
      { fields: { component } },
    );
  }
  const number = Number(digits);
  const fields = { component, number, sqlState };
  if (number >= FIRST_OF_CLIENT && number <= LAST_OF_CLIENT) {
    return new SavepointError(
      'STATE_UNREADABLE',
      `no answer from the server: ${message} (error ${number}). See whether it runs, mend the address, and repeat.`,
      { fields },
    );
  }
  const { code, remedy } = MEANINGS.find(({ numbers }) => numbers.includes(number)) ?? REFUSED;
  return new SavepointError(code, `the server refuses it: ${message} (error ${number}). ${remedy}`, {
    fields,
  });
}
