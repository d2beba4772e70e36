'use strict';

// The life of the connection: lost, brought back, closed.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const { test } = require('node:test');

const {
  WATCHDOG,
  connect,
  eachRequest,
  echo,
  makeClient,
  outputOf,
  serve,
  socketPath,
  startServer,
} = require('./support');

test('a first connect that fails says where and why, and is not repeated', WATCHDOG, async (t) => {
  const socket = socketPath(t);
  const client = makeClient(t, socket);
  await assert.rejects(client.connect(), (error) => {
    assert.equal(error.code, 'ipc_socket_err');
    assert.equal(error.cause.code, 'ENOENT');
    assert.match(error.message, new RegExp(`^connect to ${socket}: .*ENOENT`));
    return true;
  });
  await assert.rejects(client.send('/x', {}), { code: 'no_open_stream', message: /: not connected: .*ENOENT/ });
  assert.deepEqual(client.logged, ['ipc_socket_err', 'no_open_stream']);
});

test('a request before connect says so', WATCHDOG, async (t) => {
  const client = makeClient(t, socketPath(t));
  await assert.rejects(client.send('/x', {}), { code: 'no_open_stream', message: /: connect was not called$/ });
});

test('two calls of connect share one connection', WATCHDOG, async (t) => {
  let connections = 0;
  const { socket } = await serve(t, (connection) => {
    connections++;
    echo(connection);
  });
  const client = makeClient(t, socket);
  await Promise.all([client.connect(), client.connect()]);
  await client.connect();
  await client.send('/x', {});
  assert.equal(connections, 1);
});

test('the end of the connection fails all requests at once, and the client comes back', WATCHDOG, async (t) => {
  let connections = 0;
  const { socket } = await serve(t, (connection) => {
    const first = connections++ === 0;
    let requests = 0;
    eachRequest(connection, (request, answer) => {
      if (!first) {
        answer(request.data);
      } else if (++requests === 3) {
        connection.end('{"ipcReqID":"rq0","data":"answered"}\n{"unfinished');
      }
    });
  });
  const client = await connect(t, socket, { autoReconnect: 1 });
  const disconnected = once(client, 'disconnect');
  const [first, second, third] = await Promise.allSettled(['/1', '/2', '/3'].map((uri) => client.send(uri, {})));
  assert.equal(first.value, 'answered');
  const reason = 'the server ended the connection 12 bytes into a record';
  for (const [uri, { reason: error }] of [['/2', second], ['/3', third]]) {
    assert.equal(error.code, 'connection_ended');
    assert.equal(error.message, `request ${uri} on ${socket}: ${reason}`);
  }
  assert.equal((await disconnected)[0].message, `connection to ${socket}: ${reason}`);
  await assert.rejects(client.send('/4', {}), { code: 'no_open_stream' });
  await once(client, 'connect');
  assert.equal(await client.send('/5', 'back'), 'back');
});

test('a killed server is noticed, and its successor found, however long it takes', WATCHDOG, async (t) => {
  const socket = socketPath(t);
  const killed = await startServer(t, socket, (connection) => connection.resume());
  const client = await connect(t, socket, { autoReconnect: 1, autoReconnectMax: 2 });
  const request = client.send('/never', {});
  killed.kill('SIGKILL');
  await assert.rejects(request, { code: 'connection_ended' });

  let refused = 0;
  await new Promise((resolve) => {
    client.logged.push = (code) => code === 'ipc_socket_err' && ++refused === 3 && resolve();
  });
  fs.rmSync(socket);
  const connected = once(client, 'connect');
  await serve(t, echo, socket);
  await connected;
  assert.equal(await client.send('/x', 'back'), 'back');
});

test('autoReconnect 0 leaves it to the caller', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, (request, answer) => (request.uri === '/end' ? connection.end() : answer('good')));
  });
  const client = await connect(t, socket, { autoReconnect: 0 });
  await assert.rejects(client.send('/end', {}), { code: 'connection_ended' });
  await assert.rejects(client.send('/x', {}), { code: 'no_open_stream' });
  await client.connect();
  assert.equal(await client.send('/x', {}), 'good');
});

test('close fails what waits, ends reconnecting, and lets the client connect again', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, (request, answer) => request.uri === '/answer' && answer('good'));
  });
  const client = await connect(t, socket);
  const waiting = assert.rejects(client.send('/never', {}), {
    code: 'client_closed',
    message: `request /never on ${socket}: the client was closed`,
  });
  await client.close();
  await waiting;
  await client.close();
  await client.connect();
  assert.equal(await client.send('/answer', {}), 'good');
});

test('close while connecting fails connect', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = makeClient(t, socket);
  const connecting = assert.rejects(client.connect(), { code: 'client_closed' });
  await client.close();
  await connecting;
  assert.equal(client.connected, false);
});

test('close lets what was sent leave first', WATCHDOG, async (t) => {
  const arrived = [];
  const { promise, resolve } = withResolvers();
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, (request) => arrived.push(request.data.length) === 2 && resolve());
  });
  const client = await connect(t, socket);
  client.send('/1', 'a'.repeat(2_000_000), () => {});
  client.send('/2', 'b', () => {});
  await client.close();
  await promise;
  assert.deepEqual(arrived, [2_000_000, 1]);
});

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

test('close does not wait for ever for a server that does not read', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => connection.pause());
  const client = await connect(t, socket, { requestTimeout: 20 });
  client.send('/x', 'a'.repeat(4_000_000), () => {});
  await client.close();
});

test('a closed client lets its process end', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const program = `
    const { Client } = require(process.argv[1]);
    const client = new Client(process.argv[2], null, { logStatsInterval: 1000 });
    client.connect(() => client.send('/x', 1, { timeout: 600000 }, () => client.close()));`;
  assert.equal(await outputOf(t, program, socket), '');
});
