// Hears from systemd over the system bus that something has happened to its units. Whoever listens has to look for himself: a
// signal says which unit, not more. Where there is no bus, or it goes away, the listener is told so.
import { connect, type Socket } from 'node:net';
import { type BusCall, type BusMessage, decodeMessage, encodeCall } from './bus-message.js';

export interface UnitSignals {
  close(): void;
}

export interface Listener {
  readonly heard: () => void;
  /** There will be no more signals. */
  readonly lost: () => void;
}

const ADDRESS = '/run/dbus/system_bus_socket';
const ANSWER_MS = 5000;
/** Longer messages than the bus lets through are none. */
const MOST_BYTES = 128 << 20;
const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};
const MANAGER = 'org.freedesktop.systemd1';
const CALLS: readonly BusCall[] = [
  { ...BUS, member: 'Hello' },
  { ...BUS, member: 'AddMatch', argument: `type='signal',sender='${MANAGER}'` },
  // Without this systemd sends none.
  {
    ...{ destination: MANAGER, path: '/org/freedesktop/systemd1', interface: `${MANAGER}.Manager` },
    member: 'Subscribe',
  },
];

/** `undefined` where the bus can't be had, or systemd is not on it. */
export function listenForUnits(listener: Listener, address = ADDRESS): Promise<UnitSignals | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let state: 'opening' | 'open' | 'closed' = 'opening';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      if (state === 'opening') resolve(undefined);
      else if (state === 'open') listener.lost();
      state = 'closed';
    };
    const timer = setTimeout(end, ANSWER_MS);
    // All that can go wrong with the connection ends it.
    socket.once('error', end);
    socket.once('close', end);
    const close = () => {
      state = 'closed';
      end();
    };
    const heed = (message: BusMessage) => {
      if (message.kind === 'error') return end();
      if (message.kind === 'reply' && message.replyTo === CALLS.length && state === 'opening') {
        state = 'open';
        clearTimeout(timer);
        resolve({ close });
      }
      if (message.kind === 'signal' && isAboutUnits(message)) listener.heard();
    };
    converse(socket, { heed, end });
  });
}

/** Says who we are (see the specification, 'Authentication Protocol'), makes the calls, and hands on what comes. */
function converse(
  socket: Socket,
  { heed, end }: { readonly heed: (message: BusMessage) => void; readonly end: () => void },
): void {
  let received: Buffer = Buffer.alloc(0);
  let isKnown = false;
  const identity = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  socket.once('connect', () => socket.write(`\0AUTH EXTERNAL ${identity}\r\n`));
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    if (!isKnown) {
      const line = received.indexOf('\r\n');
      if (line < 0) return;
      if (!received.subarray(0, line).toString().startsWith('OK ')) return end();
      received = received.subarray(line + 2);
      isKnown = true;
      socket.write('BEGIN\r\n');
      for (const [index, call] of CALLS.entries()) socket.write(encodeCall(call, index + 1));
    }
    for (let next = decodeMessage(received); next !== undefined; next = decodeMessage(received)) {
      received = received.subarray(next.length);
      heed(next.message);
    }
    if (received.length > MOST_BYTES) end();
  });
}

/** That units come and go is left out: to look at one that is not loaded makes systemd load it, and say so. */
function isAboutUnits({ path, member, interface: by }: BusMessage): boolean {
  if (path.startsWith('/org/freedesktop/systemd1/unit/')) return member === 'PropertiesChanged';
  return by === `${MANAGER}.Manager` && (member === 'UnitFilesChanged' || member === 'Reloading');
}
