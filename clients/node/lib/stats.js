'use strict';

/** What happened since the last roll-over. */
class Stats {
  #timer = null;
  #counts = zero();

  /**
   * @param {number} interval milliseconds
   * @param {() => void} onInterval
   */
  start(interval, onInterval) {
    // Counting is no reason for a process to stay alive.
    this.#timer ??= setInterval(onInterval, interval).unref();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /**
   * @param {number} bytes of one record with its line feed
   * @param {boolean} taken whether the other side keeps up
   */
  sent(bytes, taken) {
    this.#counts.recordsSent++;
    this.#counts.bytesSent += bytes;
    this.#counts.backpressure += taken ? 0 : 1;
  }

  /** @param {number} bytes of one record without its line feed */
  received(bytes) {
    this.#counts.recordsReceived++;
    this.#counts.bytesReceived += bytes + 1;
  }

  timedOut() {
    this.#counts.timeouts++;
  }

  /** The counts so far; they begin anew. */
  roll() {
    const counts = this.#counts;
    this.#counts = zero();
    return counts;
  }
}

function zero() {
  return { recordsSent: 0, bytesSent: 0, recordsReceived: 0, bytesReceived: 0, timeouts: 0, backpressure: 0 };
}

module.exports = { Stats };
