'use strict';

// Streams recorded between pixl-ipc's client and server, and what its client makes of the records of a server.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');

const recorded = require('./fixtures/recorded.json');
const scripted = require('./fixtures/scripted.json');
const { WATCHDOG, connect, eachRequest, serve } = require('./support');

const RECORDED_PID = 6402;
const RECORDED_AGENT = 'Node/IPCClient/app';

for (const stream of recorded) {
  test(`recorded: ${stream.id}`, WATCHDOG, async (t) => {
    const received = [];
    const { socket } = await serve(t, (connection) => {
      connection.on('data', (chunk) => {
        received.push(chunk);
        if (Buffer.concat(received).length === expected.length) {
          connection.write(stream.answered);
        }
      });
    });
    const expected = Buffer.from(stream.sent.replaceAll(`"pid":${RECORDED_PID}`, `"pid":${process.pid}`));
    const client = await connect(t, socket, { codeToErr: stream.codeToErr, userAgent: RECORDED_AGENT });

    const results = await sendAll(client, stream.sent.trimEnd().split('\n').map(JSON.parse));

    assert.equal(Buffer.concat(received).toString(), expected.toString());
    assert.deepEqual(results, stream.results);
    assert.deepEqual(client.logged, stream.logged);
  });
}

/** Sends the recorded requests again; the results come in the order of completion. */
function sendAll(client, requests) {
  const results = [];
  return new Promise((resolve) => {
    for (const { ipcReqID: id, uri, data } of requests) {
      client.send(uri, data, (err, answer) => {
        results.push(answer === undefined ? { id, err } : { id, err, data: answer });
        if (results.length === requests.length) {
          resolve(results);
        }
      });
    }
  });
}

// The one answer that is taken otherwise: as success it would hide that the server refused the request.
const REFUSED = { err: { ipcReqID: 'rq0', code: 'no_uri', message: 'm' } };

for (const script of scripted) {
  test(`scripted: ${script.id}`, WATCHDOG, async (t) => {
    const { socket } = await serve(t, (connection) => {
      eachRequest(connection, () => silent(script) || writeInPieces(connection, script.written));
    });
    const requestTimeout = silent(script) ? 1 : undefined;
    const client = await connect(t, socket, { autoReconnect: 0, codeToErr: script.codeToErr, requestTimeout });
    const events = [];
    client.on('data', (message) => events.push(message));

    const result = await new Promise((resolve) => {
      client.send('/x', {}, (err, data) => {
        const error = err instanceof Error ? err.code : err;
        resolve(data === undefined ? { err: error } : { err: error, data });
      });
    });

    assert.deepEqual(result, script.id === 'top-level-code-plain' ? REFUSED : script.result);
    assert.deepEqual(events, script.dataEvents);
    if (!silent(script)) {
      await endOfStream(client);
    }
    assert.deepEqual(client.logged.filter((code) => code !== 'ipc_socket_err'), script.logged);
  });
}

/** Whether the server answers nothing, and the request runs into its timeout. */
function silent(script) {
  return script.result.err === 'request_timeout';
}

/** The pieces arrive one by one, so that records are cut where the script cuts them; then the stream ends. */
function writeInPieces(connection, [piece, ...rest]) {
  if (piece === undefined) {
    connection.end();
  } else {
    connection.write(piece, () => setImmediate(writeInPieces, connection, rest));
  }
}

/** Everything that the server wrote has been read. */
function endOfStream(client) {
  return client.connected ? once(client, 'disconnect') : undefined;
}
