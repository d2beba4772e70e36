'use strict';

// How an answer becomes [error, data].

/**
 * The default: `data`, whatever it is.
 *
 * A code at top level without any data is the server's own complaint that it could not read the request; pixl-ipc's
 * client hands it over as success with undefined data, where nobody sees it.
 */
function plain(message) {
  const refused = message.code && !Object.hasOwn(message, 'data');
  return [refused ? message : null, message.data];
}

/** With the option `codeToErr`: a truthy code, at top level or in `data`, makes an error of what holds it. */
function codeToErr(message) {
  if (message.code) {
    return [message, message.data];
  }
  return [message.data?.code ? message.data : null, message.data];
}

module.exports = { codeToErr, plain };
