'use strict';

const { EventEmitter } = require('node:events');

const { Backoff } = require('./backoff');
const { Connection } = require('./connection');
const { RpcError } = require('./error');
const { readOptions, readTimeout } = require('./options');
const { Pending } = require('./pending');
const { formatRecord } = require('./records');
const { Stats } = require('./stats');

// What the user's code throws must not keep the rest of what arrived from being handled, so it runs on its own.
const later = process.nextTick;

/** A client of one server. index.d.ts says what users see; the comments here, why it works as it does. */
class Client extends EventEmitter {
  #options;
  #logger;
  #pending;
  #backoff;
  #stats = new Stats();
  /** The connection, also while it opens; null when there is none. */
  #connection = null;
  /** When the connection opened, in milliseconds of the monotonic clock; null while none is open. */
  #openSince = null;
  /** Those who wait for the connection that opens. */
  #connecting = [];
  /** Whether a lost connection is brought back: from the first success of `connect` until `close`. */
  #keep = false;
  #retryTimer = null;
  /** Why no connection is open, for the errors of requests. */
  #why = 'connect was not called';

  constructor(path, logger = null, options = {}) {
    super();
    if (typeof path !== 'string' || path === '') {
      throw new TypeError('the path of the socket is a string that is not empty');
    }
    this.path = path;
    this.#logger = logger;
    this.#options = readOptions(options ?? {});
    this.#pending = new Pending(this.#options.expireRequest, (request) => this.#timedOut(request));
    this.#backoff = new Backoff(this.#options.autoReconnect, this.#options.autoReconnectMax);
  }

  get connected() {
    return this.#openSince !== null;
  }

  get requestCount() {
    return this.#pending.size;
  }

  get userAgent() {
    return this.#options.userAgent;
  }

  connect(callback) {
    return callbackOrPromise(callback, (done) => this.#connect(done));
  }

  send(uri, data, ...rest) {
    const callback = rest.find((argument) => typeof argument === 'function');
    return callbackOrPromise(callback, (done) => {
      const timeout = readTimeout(rest[0], this.#options.requestTimeout);
      this.#send(data, { uri, timeout, done });
    });
  }

  close(callback) {
    return callbackOrPromise(callback, (done) => this.#close(done));
  }

  logStats() {
    this.#logger?.debug(2, 'PixlIPC Stats', this.#stats.roll());
  }

  #connect(done) {
    if (this.connected) {
      done(null);
      return;
    }
    this.#connecting.push(done);
    if (this.#connection === null) {
      this.#open();
    }
  }

  #open() {
    clearTimeout(this.#retryTimer);
    const { logStatsInterval, maxRecordBytes } = this.#options;
    if (logStatsInterval !== null) {
      this.#stats.start(logStatsInterval, () => this.logStats());
    }
    this.#connection = new Connection(this.path, maxRecordBytes, {
      onOpen: () => this.#opened(),
      onRecord: (message, bytes) => this.#received(message, bytes),
      onBroken: (error, line) => this.#logError('stream_err', `skipped a broken record: ${error.message}`, line),
      onEnd: (reason, cause) => (this.connected ? this.#lost(reason, cause) : this.#notReached(reason, cause)),
    });
  }

  #opened() {
    this.#openSince = performance.now();
    this.#keep = this.#options.autoReconnect !== 0;
    this.#logger?.debug(8, 'connected', this.path);
    this.#finishConnect(null);
    later(() => this.emit('connect'));
  }

  #notReached(reason, cause) {
    const error = new RpcError('ipc_socket_err', this.path, `connect to ${this.path}: ${reason}`, cause);
    this.#logError(error.code, error.message, error);
    this.#forget(reason);
    this.#finishConnect(error);
    this.#retry();
  }

  #lost(reason, cause) {
    const error = new RpcError('connection_ended', this.path, `connection to ${this.path}: ${reason}`, cause);
    this.#logError('ipc_socket_err', error.message, error);
    this.#backoff.lost(performance.now() - this.#openSince);
    this.#forget(reason);
    this.#failPending('connection_ended', reason, cause);
    later(() => this.emit('disconnect', error));
    this.#retry();
  }

  #forget(why) {
    this.#connection = null;
    this.#openSince = null;
    this.#why = why;
  }

  #retry() {
    if (this.#keep) {
      const wait = this.#backoff.next(Math.random());
      this.#logger?.debug(5, `connecting again in ${Math.round(wait)} ms`, this.path);
      this.#retryTimer = setTimeout(() => this.#open(), wait);
    }
  }

  #finishConnect(error) {
    for (const done of this.#connecting.splice(0)) {
      done(error);
    }
  }

  #close(done) {
    const connection = this.#connection;
    this.#keep = false;
    clearTimeout(this.#retryTimer);
    this.#stats.stop();
    this.#forget('the client was closed');
    this.#finishConnect(new RpcError('client_closed', this.path, `connect to ${this.path}: ${this.#why}`));
    this.#failPending('client_closed', this.#why);
    if (connection === null) {
      done(null);
    } else {
      connection.close(this.#options.requestTimeout, () => done(null));
    }
  }

  #send(data, request) {
    if (!this.connected) {
      this.#fail(request, 'no_open_stream', `not connected: ${this.#why}`);
      return;
    }
    const id = this.#pending.nextId();
    const bytes = this.#format(id, data, request);
    if (bytes !== null && this.#hasRoom(bytes.length, request)) {
      this.#pending.add(id, request);
      this.#stats.sent(bytes.length, this.#connection.write(bytes));
    }
  }

  #format(id, data, request) {
    const { uri } = request;
    if (typeof uri !== 'string') {
      this.#fail(request, 'bad_request', `the URI is a string, not a ${typeof uri}`);
      return null;
    }
    try {
      return formatRecord({ ipcReqID: id, uri, data, pid: process.pid, userAgent: this.userAgent });
    } catch (error) {
      this.#fail(request, 'bad_request', `JSON cannot hold the data: ${error.message}`, error);
      return null;
    }
  }

  /** A server that does not read must not fill this process's memory. */
  #hasRoom(bytes, request) {
    const { maxQueuedBytes, maxRecordBytes } = this.#options;
    const record = bytes - 1;
    if (record > maxRecordBytes) {
      this.#fail(request, 'record_too_large', `the record has ${record} bytes, the limit is ${maxRecordBytes} bytes`);
      return false;
    }
    const queued = this.#connection.queuedBytes;
    if (queued > 0 && queued + bytes > maxQueuedBytes) {
      const reason = `the server does not keep up: ${queued} bytes wait already, the limit is ${maxQueuedBytes} bytes`;
      this.#fail(request, 'queue_full', reason);
      return false;
    }
    return true;
  }

  #received(message, bytes) {
    this.#stats.received(bytes);
    if (!message.ipcReqID) {
      later(() => this.emit('data', message));
      return;
    }
    const id = idText(message.ipcReqID);
    const request = this.#pending.take(id);
    if (request !== undefined) {
      this.#answer(request, message);
    } else if (!this.#pending.isLate(id)) {
      this.#logError('ipc_req_not_found', `an answer to ${id} arrived, which nobody waits for`, message);
    }
  }

  #answer(request, message) {
    try {
      request.done(...this.#options.transform(message));
    } catch (error) {
      request.done(error);
    }
  }

  #timedOut(request) {
    this.#stats.timedOut();
    this.#fail(request, 'request_timeout', `no answer within ${request.timeout} ms`);
  }

  #failPending(code, reason, cause) {
    for (const request of this.#pending.drain()) {
      request.done(this.#error(request, code, reason, cause));
    }
  }

  #fail(request, code, reason, cause) {
    const error = this.#error(request, code, reason, cause);
    this.#logError(code, error.message, error);
    request.done(error);
  }

  #error({ uri }, code, reason, cause) {
    return new RpcError(code, this.path, `request ${String(uri)} on ${this.path}: ${reason}`, cause);
  }

  #logError(code, message, data) {
    this.#logger?.error(code, message, data);
  }
}

/** Runs `work`, which calls its argument once, and hands the outcome to the callback, or to the promise returned. */
function callbackOrPromise(callback, work) {
  if (callback) {
    work((error, data) => later(callback, error, data));
    return undefined;
  }
  return new Promise((resolve, reject) => {
    work((error, data) => (error ? reject(error) : resolve(data)));
  });
}

/** Ids are compared by their text. A server can send an object that has none. */
function idText(id) {
  try {
    return String(id);
  } catch {
    return 'an id without text';
  }
}

module.exports = { Client };
