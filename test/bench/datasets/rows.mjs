// Rows as a database dump holds them: tab-separated COPY lines of ids, tokens, times, amounts, notes and JSON.
// Bytes are written straight into the caller's buffer, so that gigabytes take seconds; only whole rows are written.
import { makeWords, Random } from './random.mjs';

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const TAB = 9;
const NEWLINE = 10;
const DIGIT_ZERO = 48;
const HEX_DIGITS = encode('0123456789abcdef');
const LONGEST_ROW_BYTES = 600;
const SECONDS_A_DAY = 86_400;

const STATUSES = ['paid', 'shipped', 'open', 'refunded', 'cancelled'].map(encode);
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'PLN'].map(encode);
const AGENTS = ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0 (iPhone)', 'okhttp/4.12.0', 'curl/8.5.0'].map(
  encode,
);
const DAYS = Array.from({ length: 4000 }, (_, day) =>
  encode(new Date(Date.UTC(2015, 0, 1 + day)).toISOString().slice(0, 10)),
);
const [JSON_ADDRESS, JSON_AGENT, JSON_ITEMS, JSON_END, AT_SIGN, ZONE] = [
  '{"address": "10.',
  '", "agent": "',
  '", "items": ',
  '}',
  '@example.org',
  '+00',
].map(encode);

export const COPY_HEADER =
  'COPY public.orders (id, token, customer, email, created, status, amount, currency, note, request) FROM stdin;\n';
export const COPY_FOOTER = '\\.\n';

/** Writes consecutive rows; the row numbers go up from `firstId`, everything else comes from the seed. */
export class RowWriter {
  #random;
  #words;
  #id;
  #day;
  #second = 0;
  /** @type {Uint8Array} */
  #buffer = new Uint8Array(0);
  #at = 0;

  /** @param {{ seed: number, firstId?: number }} options */
  constructor({ seed, firstId = 1 }) {
    this.#words = makeWords(new Random(42), 6000);
    this.#random = new Random(seed);
    this.#id = firstId;
    this.#day = firstId % 1000;
  }

  /**
   * Fills `buffer` with whole rows and answers how many bytes they take.
   * @param {Uint8Array} buffer of more than one row's length
   */
  fill(buffer) {
    this.#buffer = buffer;
    this.#at = 0;
    while (this.#at + LONGEST_ROW_BYTES <= buffer.length) this.#row();
    return this.#at;
  }

  #row() {
    const random = this.#random;
    this.#number(this.#id);
    this.#id += 1;
    this.#tab();
    this.#hex(16);
    this.#tab();
    this.#number(random.skewedBelow(2_000_000));
    this.#tab();
    this.#bytes(this.#words[random.below(this.#words.length)]);
    this.#number(random.below(1000));
    this.#bytes(AT_SIGN);
    this.#tab();
    this.#time();
    this.#tab();
    this.#bytes(STATUSES[random.skewedBelow(STATUSES.length)]);
    this.#tab();
    this.#number(random.skewedBelow(100_000));
    this.#tab();
    this.#bytes(CURRENCIES[random.skewedBelow(CURRENCIES.length)]);
    this.#tab();
    this.#note(4 + random.below(14));
    this.#tab();
    this.#request();
    this.#buffer[this.#at++] = NEWLINE;
  }

  #tab() {
    this.#buffer[this.#at++] = TAB;
  }

  /** @param {Uint8Array} bytes */
  #bytes(bytes) {
    const length = bytes.length;
    const buffer = this.#buffer;
    let at = this.#at;
    for (let index = 0; index < length; index += 1) buffer[at++] = bytes[index];
    this.#at = at;
  }

  /**
   * @param {number} value
   * @param {number} digits pads with zeros up to this width
   */
  #number(value, digits = 1) {
    let width = 1;
    for (let bound = 10; value >= bound; bound *= 10) width += 1;
    width = Math.max(width, digits);
    for (let place = this.#at + width - 1; place >= this.#at; place -= 1) {
      const tenth = Math.floor(value / 10);
      this.#buffer[place] = DIGIT_ZERO + (value - tenth * 10);
      value = tenth;
    }
    this.#at += width;
  }

  /** @param {number} digits */
  #hex(digits) {
    for (let written = 0; written < digits; written += 8) {
      let bits = this.#random.next();
      for (let digit = 0; digit < 8; digit += 1) {
        this.#buffer[this.#at++] = HEX_DIGITS[bits & 15];
        bits >>>= 4;
      }
    }
  }

  #time() {
    this.#second += this.#random.below(30);
    if (this.#second >= SECONDS_A_DAY) {
      this.#second -= SECONDS_A_DAY;
      this.#day = (this.#day + 1) % DAYS.length;
    }
    this.#bytes(DAYS[this.#day]);
    this.#buffer[this.#at++] = 32;
    this.#number(Math.floor(this.#second / 3600), 2);
    this.#buffer[this.#at++] = 58;
    this.#number(Math.floor(this.#second / 60) % 60, 2);
    this.#buffer[this.#at++] = 58;
    this.#number(this.#second % 60, 2);
    this.#buffer[this.#at++] = 46;
    this.#number(this.#random.below(1_000_000), 6);
    this.#bytes(ZONE);
  }

  /** @param {number} length in words */
  #note(length) {
    for (let word = 0; word < length; word += 1) {
      if (word > 0) this.#buffer[this.#at++] = 32;
      this.#bytes(this.#words[this.#random.skewedBelow(this.#words.length)]);
    }
  }

  #request() {
    const random = this.#random;
    this.#bytes(JSON_ADDRESS);
    this.#number(random.below(4));
    this.#buffer[this.#at++] = 46;
    this.#number(random.below(256));
    this.#buffer[this.#at++] = 46;
    this.#number(random.below(256));
    this.#bytes(JSON_AGENT);
    this.#bytes(AGENTS[random.skewedBelow(AGENTS.length)]);
    this.#bytes(JSON_ITEMS);
    this.#number(1 + random.skewedBelow(20));
    this.#bytes(JSON_END);
  }
}
