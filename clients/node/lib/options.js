'use strict';

const { codeToErr, plain } = require('./transform');

// Later than this, a timer of Node fires at once.
const LONGEST_MS = 2 ** 31 - 1;

const MIB = 1024 * 1024;

/** What index.d.ts says of each. A falsy value means the default, as in pixl-ipc; only `autoReconnect` can be off. */
const DEFAULTS = {
  autoReconnect: 1000,
  autoReconnectMax: 30_000,
  codeToErr: false,
  expireRequest: 10_000,
  logStatsInterval: null,
  maxQueuedBytes: 64 * MIB,
  maxRecordBytes: 16 * MIB,
  messageTransform: null,
  requestTimeout: 10_000,
  userAgent: null,
};

/**
 * @param {object} given
 * @returns {object} all options, checked
 * @throws {TypeError} an option is unknown or of the wrong type
 * @throws {RangeError} a number is out of range
 */
function readOptions(given) {
  checkNames(given, Object.keys(DEFAULTS));
  const option = (name) => given[name] || DEFAULTS[name];
  return {
    autoReconnect: readAutoReconnect(given.autoReconnect),
    autoReconnectMax: milliseconds('autoReconnectMax', option('autoReconnectMax')),
    expireRequest: milliseconds('expireRequest', option('expireRequest')),
    logStatsInterval: given.logStatsInterval ? milliseconds('logStatsInterval', given.logStatsInterval) : null,
    maxQueuedBytes: bytes('maxQueuedBytes', option('maxQueuedBytes')),
    maxRecordBytes: bytes('maxRecordBytes', option('maxRecordBytes')),
    requestTimeout: milliseconds('requestTimeout', option('requestTimeout')),
    transform: readTransform(given),
    userAgent: option('userAgent') || defaultUserAgent(),
  };
}

function milliseconds(name, value) {
  return inRange(name, value, LONGEST_MS, 'milliseconds');
}

/**
 * @param {unknown} options of one request, or its callback
 * @param {number} otherwise milliseconds
 * @returns {number} milliseconds to wait for the answer
 */
function readTimeout(options, otherwise) {
  if (typeof options !== 'object' || options === null) {
    return otherwise;
  }
  checkNames(options, ['timeout']);
  return options.timeout ? milliseconds('timeout', options.timeout) : otherwise;
}

function checkNames(given, known) {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`option "${unknown}" is unknown; there is ${known.join(', ')}`);
  }
}

function bytes(name, value) {
  return inRange(name, value, Number.MAX_SAFE_INTEGER, 'bytes');
}

function inRange(name, value, most, unit) {
  if (typeof value !== 'number') {
    throw new TypeError(`"${name}" is a number of ${unit}, not a ${typeof value}`);
  }
  if (!(value > 0 && value <= most)) {
    throw new RangeError(`"${name}" is ${value}; it may be up to ${most} ${unit}, and more than 0`);
  }
  return value;
}

function readAutoReconnect(value) {
  if (value === undefined) {
    return DEFAULTS.autoReconnect;
  }
  return value ? milliseconds('autoReconnect', value) : 0;
}

function readTransform(given) {
  const { messageTransform } = given;
  if (messageTransform && typeof messageTransform !== 'function') {
    throw new TypeError(`"messageTransform" is a function, not a ${typeof messageTransform}`);
  }
  return messageTransform || (given.codeToErr ? codeToErr : plain);
}

/** As that of pixl-ipc's client, whose servers may look at it; the directory tells their log which program this is. */
function defaultUserAgent() {
  try {
    return `Node/IPCClient${process.cwd()}`;
  } catch {
    // The directory was removed under this process.
    return 'Node/IPCClient';
  }
}

module.exports = { DEFAULTS, readOptions, readTimeout };
