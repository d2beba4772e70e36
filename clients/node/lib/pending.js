'use strict';

/**
 * @typedef {object} Request
 * @property {string} uri
 * @property {number} timeout milliseconds to wait for the answer
 * @property {(error: unknown, data?: unknown) => void} done called once
 */

/** The requests that wait for an answer, and for a while the ids of those that no longer do. No sockets here. */
class Pending {
  #counter = 0;
  #waiting = new Map();
  #late = new Map();
  #expiry;
  #onTimeout;

  /**
   * @param {number} expiry milliseconds for which the id of a request that timed out is remembered
   * @param {(request: Request) => void} onTimeout its answer did not come in time; it waits no longer
   */
  constructor(expiry, onTimeout) {
    this.#expiry = expiry;
    this.#onTimeout = onTimeout;
  }

  /** How many requests wait. */
  get size() {
    return this.#waiting.size;
  }

  /** An id that this client has not used before. */
  nextId() {
    return `rq${this.#counter++}`;
  }

  /**
   * @param {string} id
   * @param {Request} request
   */
  add(id, request) {
    // The program may have been busy for as long as the answer was given time. The answer is in the socket then, and
    // is read before setImmediate's turn.
    const timer = setTimeout(() => setImmediate(() => this.#expire(id)), request.timeout);
    this.#waiting.set(id, { request, timer });
  }

  /**
   * @param {string} id
   * @returns {Request | undefined} that waited under this id, and waits no longer
   */
  take(id) {
    const entry = this.#waiting.get(id);
    if (entry === undefined) {
      return undefined;
    }
    clearTimeout(entry.timer);
    this.#waiting.delete(id);
    return entry.request;
  }

  /** Whether the answer to this id was given up a short while ago. */
  isLate(id) {
    return this.#late.has(id);
  }

  /**
   * Ends all waiting, and forgets the late ones: their answers cannot come any more.
   *
   * @returns {Request[]} those that waited
   */
  drain() {
    for (const timer of this.#late.values()) {
      clearTimeout(timer);
    }
    this.#late.clear();
    return [...this.#waiting.keys()].map((id) => this.take(id));
  }

  #expire(id) {
    const request = this.take(id);
    if (request === undefined) {
      return;
    }
    // Remembering an id is no reason for a process to stay alive.
    this.#late.set(id, setTimeout(() => this.#late.delete(id), this.#expiry).unref());
    this.#onTimeout(request);
  }
}

module.exports = { Pending };
