'use strict';

const net = require('node:net');

const { LineReader, parseRecord } = require('./records');

/**
 * What a connection tells its owner.
 *
 * @typedef {object} Owner
 * @property {() => void} onOpen it is connected
 * @property {(record: object, bytes: number) => void} onRecord a record arrived
 * @property {(error: SyntaxError, line: string) => void} onBroken a line began as a record and was none; it is skipped
 * @property {(reason: string, cause?: Error) => void} onEnd it is over, once, also when it never opened
 */

/** One connection to one socket, from its first attempt to its end. It never comes back: its owner makes another. */
class Connection {
  #socket;
  #reader;
  #owner;
  #over = false;

  /**
   * @param {string} path the socket
   * @param {number} maxRecordBytes limit for one record that arrives
   * @param {Owner} owner
   */
  constructor(path, maxRecordBytes, owner) {
    this.#reader = new LineReader(maxRecordBytes);
    this.#owner = owner;
    this.#socket = net.createConnection(path);
    this.#socket.on('connect', () => this.#over || owner.onOpen());
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('end', () => this.#finish(this.#endReason()));
    this.#socket.on('error', (error) => this.#finish(error.message, error));
    this.#socket.on('close', () => this.#finish('the connection was closed'));
  }

  /** Bytes that were written here and that the system has not taken yet, because the other side does not read. */
  get queuedBytes() {
    return this.#socket.writableLength;
  }

  /**
   * @param {Buffer} bytes
   * @returns {boolean} false when the other side does not keep up
   */
  write(bytes) {
    return this.#socket.write(bytes);
  }

  /**
   * Ends the connection after what was written has left, or after `patience` milliseconds when the other side does not
   * read. The owner hears nothing more.
   *
   * @param {number} patience milliseconds
   * @param {() => void} done the socket is closed
   */
  close(patience, done) {
    this.#over = true;
    if (this.#socket.closed) {
      done();
      return;
    }
    const timer = setTimeout(() => this.#socket.destroy(), patience);
    this.#socket.once('close', () => {
      clearTimeout(timer);
      done();
    });
    this.#socket.end(() => this.#socket.destroy());
  }

  #receive(chunk) {
    try {
      this.#reader.push(chunk, (line, bytes) => this.#line(line, bytes));
    } catch (error) {
      // Nothing after a record without an end can be understood.
      this.#finish(error.message, error);
    }
  }

  #line(line, bytes) {
    if (this.#over) {
      return;
    }
    let record;
    try {
      record = parseRecord(line);
    } catch (error) {
      this.#owner.onBroken(error, line);
      return;
    }
    if (record !== null) {
      this.#owner.onRecord(record, bytes);
    }
  }

  #endReason() {
    const pending = this.#reader.pendingBytes;
    return pending === 0
      ? 'the server ended the connection'
      : `the server ended the connection ${pending} bytes into a record`;
  }

  #finish(reason, cause) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#socket.destroy();
    this.#owner.onEnd(reason, cause);
  }
}

module.exports = { Connection };
