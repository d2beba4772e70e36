'use strict';

/**
 * What the client itself reports; what a server answers is handed over as it came.
 *
 * The message names what was tried, on which socket, and why it failed. Programs tell errors apart by `code`; the codes
 * are listed in index.d.ts.
 */
class RpcError extends Error {
  /**
   * @param {string} code one of the codes in index.d.ts
   * @param {string} path the socket
   * @param {string} message what was tried and why it failed
   * @param {unknown} [cause] the error of the system, where there was one
   */
  constructor(code, path, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RpcError';
    this.code = code;
    this.path = path;
  }
}

module.exports = { RpcError };
