'use strict';

// Servers that do what a test tells them, each on a socket in a directory of its own.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const { Client } = require('..');

/** Every test is ended by this watchdog; none waits for time to pass. */
const WATCHDOG = { timeout: 30_000 };

/** A path for a socket, in a directory that goes with the test. */
function socketPath(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'nuncio-rpc-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, 's');
}

/** A server whose connections are handed to `onConnection`; everything is closed when the test ends. */
async function serve(t, onConnection, socket = socketPath(t)) {
  const connections = new Set();
  const server = net.createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    onConnection(connection);
  });
  const stop = () => {
    connections.forEach((connection) => connection.destroy());
    server.close();
  };
  t.after(stop);
  server.listen(socket);
  await once(server, 'listening');
  return { socket, stop, closed: once(server, 'close') };
}

/**
 * A server in a process of its own, once it accepts.
 *
 * @param onConnection runs there and sees nothing from here; its `process.argv[1]` is the socket
 */
async function startServer(t, socket, onConnection) {
  const listen = "listen(process.argv[1], () => console.log('ready'))";
  const child = start(t, `require('node:net').createServer(${onConnection}).${listen}`, [socket]);
  await once(child.stdout, 'data');
  return child;
}

/** What a client in a process of its own prints, which has to end with 0; it is given the package and the socket. */
async function outputOf(t, program, socket) {
  const child = start(t, program, [require.resolve('..'), socket]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
  return output;
}

function start(t, program, argv) {
  const child = spawn(process.execPath, ['-e', program, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** A connected client, closed when the test ends; `logged` collects the codes of what it logs as errors. */
async function connect(t, socket, options) {
  const client = makeClient(t, socket, options);
  await client.connect();
  return client;
}

function makeClient(t, socket, options) {
  const logged = [];
  const logger = { debug() {}, error: (code) => logged.push(code) };
  const client = new Client(socket, logger, options);
  client.logged = logged;
  t.after(() => client.close());
  return client;
}

/** Calls `onRequest` with each request of a connection, and what answers it. */
function eachRequest(connection, onRequest) {
  let text = '';
  connection.setEncoding('utf8').on('data', (chunk) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop();
    for (const line of lines) {
      const request = JSON.parse(line);
      onRequest(request, (data) => write(connection, { ipcReqID: request.ipcReqID, data }));
    }
  });
}

/** A connection handler that answers each request with its data. */
function echo(connection) {
  eachRequest(connection, (request, answer) => answer(request.data));
}

function write(connection, record) {
  connection.write(`${JSON.stringify(record)}\n`);
}

module.exports = {
  WATCHDOG,
  connect,
  eachRequest,
  echo,
  makeClient,
  outputOf,
  serve,
  socketPath,
  startServer,
  write,
};
