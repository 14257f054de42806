// Messages of D-Bus, as far as it takes to ask for signals and to see whom they are about: headers, and bodies of one string.
// The format is that of the D-Bus specification, section 'Message Protocol'.

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly argument?: string;
}

export type BusMessageKind = 'call' | 'reply' | 'error' | 'signal' | 'other';

export interface BusMessage {
  readonly kind: BusMessageKind;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The call that it answers. */
  readonly replyTo: number;
}

const KINDS: readonly BusMessageKind[] = ['other', 'call', 'reply', 'error', 'signal'];
const [PATH, INTERFACE, MEMBER, DESTINATION, SIGNATURE] = [1, 2, 3, 6, 8];
const REPLY_SERIAL = 5;
const FIXED_BYTES = 16;
const LITTLE = 0x6c;

export function encodeCall(call: BusCall, serial: number): Buffer {
  const fields = [
    field(PATH, 'o', call.path),
    field(DESTINATION, 's', call.destination),
    field(INTERFACE, 's', call.interface),
    field(MEMBER, 's', call.member),
    ...(call.argument === undefined ? [] : [field(SIGNATURE, 'g', 's')]),
  ];
  const padded = fields.map((each, index) => (index === fields.length - 1 ? each : pad(each)));
  const array = Buffer.concat(padded);
  const body = call.argument === undefined ? Buffer.alloc(0) : text(call.argument);
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.set([LITTLE, KINDS.indexOf('call'), 0, 1]);
  fixed.writeUInt32LE(body.length, 4);
  fixed.writeUInt32LE(serial, 8);
  fixed.writeUInt32LE(array.length, 12);
  return Buffer.concat([pad(Buffer.concat([fixed, array])), body]);
}

/** The first message of `bytes`, and how long it is; `undefined` where more bytes are needed. */
export function decodeMessage(
  bytes: Buffer,
): { readonly message: BusMessage; readonly length: number } | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const read = (at: number) => (bytes[0] === LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const end = FIXED_BYTES + read(12);
  const length = align(end, 8) + read(4);
  if (bytes.length < length) return undefined;
  const fields = new Map<number, string | number>();
  for (let at = FIXED_BYTES; at < end; ) {
    at = align(at, 8);
    const type = String.fromCharCode(bytes[at + 2]);
    const value = at + 4;
    const size = type === 'g' ? bytes[value] : read(value);
    const start = type === 'g' ? value + 1 : value + 4;
    const isText = type !== 'u';
    fields.set(bytes[at], isText ? bytes.toString('utf8', start, start + size) : size);
    at = isText ? start + size + 1 : start;
  }
  const word = (code: number) => String(fields.get(code) ?? '');
  const message = {
    ...{ kind: KINDS[bytes[1]] ?? 'other', path: word(PATH), interface: word(INTERFACE) },
    ...{ member: word(MEMBER), replyTo: Number(fields.get(REPLY_SERIAL) ?? 0) },
  };
  return { message, length };
}

/** A field of the header: its code, the type of its value, the value. */
function field(code: number, type: 's' | 'o' | 'g', value: string): Buffer {
  const head = Buffer.from([code, 1, type.charCodeAt(0), 0]);
  const short = Buffer.from(`${String.fromCharCode(value.length)}${value}\0`);
  return Buffer.concat([head, type === 'g' ? short : text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([size, bytes, Buffer.alloc(1)]);
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(align(bytes.length, 8) - bytes.length)]);
}

function align(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}
