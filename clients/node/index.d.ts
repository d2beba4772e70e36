import { EventEmitter } from 'node:events';

/** Where the client writes what happens; a logger of pixl-logger fits. */
export interface Logger {
  /** @param level the higher, the less important: 2 for statistics, 8 for each connection */
  debug(level: number, message: string, data?: unknown): void;
  /**
   * @param code the `code` of the error handed out, or `ipc_socket_err` (also for a connection that was lost),
   *   `stream_err` (a broken record was skipped), `ipc_req_not_found` (an answer that nobody waits for was dropped)
   */
  error(code: string, message: string, data?: unknown): void;
}

/** One record that the server sent: an answer, or a message that nobody asked for. */
export interface Message {
  ipcReqID?: unknown;
  data?: unknown;
  code?: unknown;
  message?: unknown;
  [member: string]: unknown;
}

/** Turns an answer into what the caller gets: the error, or something falsy for success, and the data. */
export type MessageTransform = (message: Message) => [error: unknown, data: unknown];

/**
 * Settings of a client. Times are milliseconds, up to 2147483647; sizes are bytes. Absent, 0, null or false mean the
 * default, except for `autoReconnect`. An unknown name is a `TypeError`.
 */
export interface ClientOptions {
  /**
   * A lost connection is opened again: at once when it had held for at least this long, then after this many
   * milliseconds, then after twice as many, and so on. 0 or false: never. Default 1000.
   */
  autoReconnect?: number | false;
  /** The longest wait between two attempts to connect again, in milliseconds. Default 30000. */
  autoReconnectMax?: number;
  /**
   * An answer with a truthy `code` is an error: the whole message for a code at top level, `data` for one in there.
   * Default false: then only a code at top level without any `data` is one, the server's complaint about the request.
   */
  codeToErr?: boolean;
  /** How long an answer that comes too late is dropped without a word in the log, in milliseconds. Default 10000. */
  expireRequest?: number;
  /** Every so many milliseconds the statistics are logged and begin anew. Default: never. */
  logStatsInterval?: number | null;
  /**
   * Requests that wait in this process because the server does not read. Above it, new ones fail with `queue_full`.
   * Default 67108864 bytes (64 MiB).
   */
  maxQueuedBytes?: number;
  /** The largest record, either way, without its line feed. Default 16777216 bytes (16 MiB). */
  maxRecordBytes?: number;
  /** Takes the place of `codeToErr`. What it throws becomes the error of the request. */
  messageTransform?: MessageTransform | null;
  /** How long a request waits for its answer, and `close` for a server that does not read. Default 10000 milliseconds. */
  requestTimeout?: number;
  /** Names this program to the server. Default `Node/IPCClient` and the current directory. */
  userAgent?: string | null;
}

/** Settings of one request. */
export interface SendOptions {
  /** How long to wait for the answer, in milliseconds, instead of `requestTimeout`. */
  timeout?: number;
}

/**
 * | code | meaning | was the request carried out? |
 * |---|---|---|
 * | `ipc_socket_err` | `connect` did not reach the server; `cause` has the system's reason | |
 * | `no_open_stream` | no connection is open at the moment | no |
 * | `bad_request` | the URI is no string, or JSON cannot hold the data | no |
 * | `record_too_large` | the request is above `maxRecordBytes` | no |
 * | `queue_full` | the server does not read, and `maxQueuedBytes` are waiting for it | no |
 * | `request_timeout` | no answer came in time | perhaps |
 * | `connection_ended` | the connection ended before the answer came | perhaps |
 * | `client_closed` | `close` was called before the answer came, or while connecting | perhaps |
 */
export type RpcErrorCode =
  | 'bad_request'
  | 'client_closed'
  | 'connection_ended'
  | 'ipc_socket_err'
  | 'no_open_stream'
  | 'queue_full'
  | 'record_too_large'
  | 'request_timeout';

/** What the client itself reports. The message names what was tried, on which socket, and why it failed. */
export class RpcError extends Error {
  constructor(code: RpcErrorCode, path: string, message: string, cause?: unknown);
  readonly name: 'RpcError';
  readonly code: RpcErrorCode;
  /** The socket. */
  readonly path: string;
  /** The system's error, where there was one: `cause.code` is for instance `ENOENT`. */
  readonly cause?: unknown;
}

/**
 * Called once. On success `error` is null.
 *
 * `error` is an `RpcError`, or what `codeToErr` or `messageTransform` made of the answer; in the latter case `data` is
 * there too.
 */
export type SendCallback<T = unknown> = (error: any, data?: T) => void;

/** The events of a client. */
export interface ClientEvents {
  /** The connection opened, for the first time or again. */
  connect: [];
  /** A message that nobody asked for: it has no `ipcReqID`. */
  data: [message: Message];
  /** The connection was lost, for the reason in the error. Whoever calls `close` knows, and gets no event. */
  disconnect: [error: RpcError];
}

/**
 * A client of one server on a unix socket, with any number of requests in flight.
 *
 * - Every request ends: with its answer, at its timeout, or at once when the connection ends. It is sent at most once;
 *   nothing is repeated behind the caller's back.
 * - Answers come in the order in which the server gives them.
 * - After `connect` succeeded once, a lost connection is brought back until `close`.
 * - `connect`, `send` and `close` call back, or return a promise when there is no callback.
 * - An open client keeps the process alive, as an open socket does.
 */
export class Client extends EventEmitter {
  /**
   * Does not connect yet.
   *
   * @param path the socket
   * @param logger where to write what happens
   * @throws {TypeError} the path is empty, or an option is unknown or of the wrong type
   * @throws {RangeError} a number is out of range
   */
  constructor(path: string, logger?: Logger | null, options?: ClientOptions);

  /** The socket. */
  readonly path: string;
  /** Whether a connection is open. */
  readonly connected: boolean;
  /** How many requests wait for an answer. */
  readonly requestCount: number;
  /** What names this program to the server. */
  readonly userAgent: string;

  /**
   * Opens the connection; does nothing when it is open. An attempt that fails is not repeated unless the client was
   * connected before.
   *
   * Fails with `ipc_socket_err`, or with `client_closed` when `close` is called meanwhile.
   */
  connect(): Promise<void>;
  connect(callback: (error: RpcError | null) => void): void;

  /**
   * Sends a request, and hands over the `data` of its answer.
   *
   * @param uri what the server finds its handler by
   * @param data anything that JSON can hold; undefined is left out
   *
   * Fails with an `RpcError` of any code but `ipc_socket_err`, or as `codeToErr` and `messageTransform` say.
   */
  send<T = any>(uri: string, data?: unknown, options?: SendOptions): Promise<T>;
  send<T = any>(uri: string, data: unknown, callback: SendCallback<T>): void;
  send<T = any>(uri: string, data: unknown, options: SendOptions, callback: SendCallback<T>): void;

  /**
   * Ends the connection once what was sent has left, and fails all requests that wait with `client_closed`. Never fails
   * itself. The client may connect again.
   */
  close(): Promise<void>;
  close(callback: () => void): void;

  /** Logs the statistics since the last time, and lets them begin anew. `logStatsInterval` calls it. */
  logStats(): void;

  on<E extends keyof ClientEvents>(event: E, listener: (...values: ClientEvents[E]) => void): this;
  once<E extends keyof ClientEvents>(event: E, listener: (...values: ClientEvents[E]) => void): this;
  off<E extends keyof ClientEvents>(event: E, listener: (...values: ClientEvents[E]) => void): this;
}
