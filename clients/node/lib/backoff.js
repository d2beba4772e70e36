'use strict';

/**
 * When to connect again. The first attempt after a connection that held comes at once; each further one waits twice as
 * long as the one before, up to a limit.
 */
class Backoff {
  #first;
  #most;
  #attempt = 0;

  /**
   * @param {number} first milliseconds before the second attempt; a connection that held for as long counts as good
   * @param {number} most milliseconds
   */
  constructor(first, most) {
    this.#first = first;
    this.#most = Math.max(first, most);
  }

  /**
   * A connection was lost.
   *
   * @param {number} held milliseconds for which it had been open; a server that ends every connection at once must not
   *   be asked in a loop without pause
   */
  lost(held) {
    if (held >= this.#first) {
      this.#attempt = 0;
    }
  }

  /**
   * @param {number} random from 0 up to 1, so that the clients of one server do not all return in the same moment
   * @returns {number} milliseconds to wait before the next attempt
   */
  next(random) {
    const attempt = this.#attempt++;
    if (attempt === 0) {
      return 0;
    }
    const wait = Math.min(this.#first * 2 ** (attempt - 1), this.#most);
    return wait * (0.75 + random / 4);
  }
}

module.exports = { Backoff };
