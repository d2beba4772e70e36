'use strict';

// The format: one JSON object on one line of UTF-8, ended by LF. Nothing here knows a socket.

const LF = 0x0a;
const SMALLEST_BUFFER = 4096;

/** More bytes came without a line feed than a record may have. */
class TooLarge extends Error {}

/**
 * Cuts a stream of bytes into lines.
 *
 * A line is decoded when all of it is there, so that a character may be cut anywhere, and invalid UTF-8 becomes U+FFFD.
 * Memory stays below twice the limit, however small the pieces are in which a line arrives.
 */
class LineReader {
  #limit;
  #partial = Buffer.alloc(0);
  #length = 0;

  /** @param {number} limit bytes that a line may have, without its line feed */
  constructor(limit) {
    this.#limit = limit;
  }

  /** Bytes of the line that has begun and not ended. */
  get pendingBytes() {
    return this.#length;
  }

  /**
   * Hands every line that `chunk` completes to `onLine`, without its line feed.
   *
   * @param {Buffer} chunk
   * @param {(line: string, bytes: number) => void} onLine
   * @throws {TooLarge} after the lines before the one that is too long were handed over; the stream is of no use then
   */
  push(chunk, onLine) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      onLine(line.toString('utf8'), line.length);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #complete(tail) {
    if (this.#length === 0) {
      this.#check(tail.length);
      return tail;
    }
    this.#keep(tail);
    const line = this.#partial.subarray(0, this.#length);
    this.#partial = Buffer.alloc(0);
    this.#length = 0;
    return line;
  }

  #keep(piece) {
    const length = this.#length + piece.length;
    this.#check(length);
    if (length > this.#partial.length) {
      this.#grow(length);
    }
    piece.copy(this.#partial, this.#length);
    this.#length = length;
  }

  #grow(needed) {
    const room = Math.min(Math.max(needed, 2 * this.#partial.length, SMALLEST_BUFFER), this.#limit);
    const larger = Buffer.allocUnsafe(room);
    this.#partial.copy(larger, 0, 0, this.#length);
    this.#partial = larger;
  }

  #check(length) {
    if (length > this.#limit) {
      throw new TooLarge(`a record of more than ${this.#limit} bytes arrived`);
    }
  }
}

/**
 * Reads one line.
 *
 * @param {string} line
 * @returns {object | null} the record; null for a line that is none: blank, text, or another kind of JSON
 * @throws {SyntaxError} the line begins as a record and is broken
 */
function parseRecord(line) {
  return /^\s*\{/.test(line) ? JSON.parse(line) : null;
}

/**
 * Writes one record with its line feed.
 *
 * @param {object} record
 * @returns {Buffer}
 * @throws {TypeError} JSON cannot hold it: a circular structure, a BigInt
 * @throws {RangeError} it is nested too deeply
 */
function formatRecord(record) {
  return Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
}

module.exports = { LineReader, TooLarge, formatRecord, parseRecord };
