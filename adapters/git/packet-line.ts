// Git's packet lines: four hexadecimal digits that count themselves, and what they count; '0000' is a pause.
// Source: gitprotocol-common(5), and gitprotocol-pack(5) for side bands and reports.

export const FLUSH = Buffer.from('0000');

export function encodePacket(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** The packets in `bytes`, without pauses; `undefined` where they are malformed or cut short. */
export function parsePackets(bytes: Buffer): Buffer[] | undefined {
  const packets: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-f]{4}$/.test(digits)) return undefined;
    const length = Number.parseInt(digits, 16);
    // Shorter ones are signs: a pause, or the end of a section.
    const end = at + Math.max(4, length);
    if (end > bytes.length) return undefined;
    if (length >= 4) packets.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return packets;
}

const DATA_BAND = 1;
const ERROR_BAND = 3;

/** What comes in side bands: the data, and what the server says of a failure. */
export function joinBands(packets: readonly Buffer[]): { readonly data: Buffer; readonly error: string } {
  const of = (band: number) =>
    Buffer.concat(packets.filter(([first]) => first === band).map((each) => each.subarray(1)));
  return { data: of(DATA_BAND), error: of(ERROR_BAND).toString().trim() };
}
