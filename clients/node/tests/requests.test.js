'use strict';

// Requests, their answers, their timeouts and limits.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const { test } = require('node:test');

const { Client } = require('..');
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
  write,
} = require('./support');

test('connect, send and close return promises', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = await connect(t, socket);
  assert.equal(client.connected, true);
  assert.deepEqual(await client.send('/x', { a: [1, null] }), { a: [1, null] });
  assert.equal(await client.send('/x'), undefined);
  await client.close();
  assert.equal(client.connected, false);
});

test('connect, send and close call back', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = makeClient(t, socket);
  const answer = await new Promise((resolve, reject) => {
    client.connect((error) => {
      assert.equal(error, null);
      client.send('/x', { a: 1 }, (failure, data) => {
        client.send('/x', data, { timeout: 60_000 }, (_, again) => client.close(() => resolve([failure, again])));
      });
    });
    client.once('disconnect', reject);
  });
  assert.deepEqual(answer, [null, { a: 1 }]);
});

test('what a callback throws reaches the process, and the other answers their callers', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    const answers = [];
    eachRequest(connection, ({ ipcReqID }) => {
      if (answers.push(JSON.stringify({ ipcReqID, data: ipcReqID })) === 2) {
        connection.write(`${answers.join('\n')}\n`);
      }
    });
  });
  const program = `
    const { Client } = require(process.argv[1]);
    process.on('uncaughtException', (error) => console.log(error.message));
    const client = new Client(process.argv[2]);
    client.connect(() => {
      client.send('/a', {}, () => { throw new Error('thrown'); });
      client.send('/b', {}, (_, data) => { console.log(data); client.close(); });
    });`;
  assert.equal(await outputOf(t, program, socket), 'thrown\nrq1\n');
});

test('answers overtake each other', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    const answers = [];
    eachRequest(connection, (request, answer) => {
      answers.unshift(() => answer(request.data));
      if (answers.length === 64) {
        answers.forEach((send) => send());
      }
    });
  });
  const client = await connect(t, socket);
  const sent = Array.from({ length: 64 }, (_, n) => client.send('/x', n));
  assert.equal(client.requestCount, 64);
  assert.deepEqual(await Promise.all(sent), [...Array(64).keys()]);
  assert.equal(client.requestCount, 0);
});

test('a request times out by itself; its late answer is dropped without a word', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    let late;
    eachRequest(connection, (request, answer) => {
      if (request.uri === '/late') {
        late = () => answer('late');
      } else {
        late();
        answer('good');
      }
    });
  });
  const client = await connect(t, socket);
  await assert.rejects(client.send('/late', {}, { timeout: 5 }), {
    name: 'RpcError',
    code: 'request_timeout',
    path: socket,
    message: `request /late on ${socket}: no answer within 5 ms`,
  });
  assert.equal(await client.send('/next', {}), 'good');
  assert.deepEqual(client.logged, ['request_timeout']);
});

test('a timeout in the middle of an answer spoils nothing', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, ({ uri, ipcReqID }) => {
      const line = JSON.stringify({ ipcReqID, data: uri });
      connection.write(uri === '/half' ? line.slice(0, 9) : `${'{"ipcReqID":"rq0","data":"/half"}'.slice(9)}\n${line}\n`);
    });
  });
  const client = await connect(t, socket);
  await assert.rejects(client.send('/half', {}, { timeout: 5 }), { code: 'request_timeout' });
  assert.equal(await client.send('/whole', {}), '/whole');
});

test('an answer that is there already is no timeout, however busy this process was', WATCHDOG, async (t) => {
  const socket = socketPath(t);
  const answered = `${socket}.answered`;
  await startServer(t, socket, (connection) => {
    const fs = require('node:fs');
    const answer = '{"ipcReqID":"rq0","data":"in time"}\n';
    connection.on('data', () => connection.write(answer, () => fs.writeFileSync(`${process.argv[1]}.answered`, '')));
  });
  const client = await connect(t, socket);
  const sent = client.send('/x', {}, { timeout: 1 });
  await new Promise(process.nextTick); // The request has left.
  // The watchdog cannot end this loop, so that it ends itself.
  const begun = performance.now();
  const busy = () => !fs.existsSync(answered) || performance.now() < begun + 2;
  while (busy() && performance.now() < begun + WATCHDOG.timeout);
  assert.equal(await sent, 'in time');
});

test('records of several megabytes are not cut', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = await connect(t, socket);
  const data = '☃'.repeat(1_500_000);
  assert.equal((await client.send('/x', data)) === data, true);
});

test('a request above the limit is refused, with both sizes', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = await connect(t, socket, { maxRecordBytes: 200, userAgent: 'test' });
  await assert.rejects(client.send('/x', 'a'.repeat(200)), {
    code: 'record_too_large',
    message: /^request \/x on .*: the record has 2\d\d bytes, the limit is 200 bytes$/,
  });
  assert.equal(await client.send('/x', 'small'), 'small');
});

test('an answer above the limit ends the connection, and says why', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, (request, answer) => answer('a'.repeat(request.uri === '/large' ? 1000 : 1)));
  });
  const client = await connect(t, socket, { maxRecordBytes: 200, userAgent: 'test', autoReconnect: 1 });
  await assert.rejects(client.send('/large', {}), {
    code: 'connection_ended',
    message: /: a record of more than 200 bytes arrived$/,
  });
  await once(client, 'connect');
  assert.equal(await client.send('/small', {}), 'a');
});

test('a server that does not read gets no more than the queue holds', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => connection.pause());
  const client = await connect(t, socket, { maxQueuedBytes: 1000 });
  const data = 'a'.repeat(4_000_000);
  const first = client.send('/first', data);
  await assert.rejects(client.send('/second', data), {
    code: 'queue_full',
    message: /^request \/second on .*: the server does not keep up: 4\d+ bytes wait already, the limit is 1000 bytes$/,
  });
  const closed = assert.rejects(first, { code: 'client_closed' });
  client.close();
  await closed;
});

test('what JSON cannot hold is refused', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const client = await connect(t, socket);
  const circular = {};
  circular.self = circular;
  for (const [uri, data] of [['/x', circular], ['/x', 1n], [5, {}]]) {
    await assert.rejects(client.send(uri, data), { code: 'bad_request' });
  }
  assert.equal(client.requestCount, 0);
  assert.equal(await client.send('/x', 1), 1);
});

test('messages that nobody asked for are events', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => write(connection, { news: 'ü' }));
  const client = makeClient(t, socket);
  const news = once(client, 'data');
  await client.connect();
  assert.deepEqual(await news, [{ news: 'ü' }]);
});

test('an id without text harms nobody', WATCHDOG, async (t) => {
  const { socket } = await serve(t, (connection) => {
    eachRequest(connection, (request, answer) => {
      connection.write('{"ipcReqID":{"toString":1}}\n');
      answer('good');
    });
  });
  const client = await connect(t, socket);
  assert.equal(await client.send('/x', {}), 'good');
  assert.deepEqual(client.logged, ['ipc_req_not_found']);
});

test('a message transform decides, and what it throws is the error', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const messageTransform = ({ data }) => {
    if (data === 'throw') {
      throw new Error('thrown by the transform');
    }
    return data === 'fail' ? [{ code: 1 }, null] : [null, data + data];
  };
  const client = await connect(t, socket, { messageTransform });
  assert.equal(await client.send('/x', 'foo'), 'foofoo');
  await assert.rejects(client.send('/x', 'fail'), { code: 1 });
  await assert.rejects(client.send('/x', 'throw'), /thrown by the transform/);
});

test('statistics are logged, and begin anew', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  const counts = [];
  const logger = { error() {}, debug: (level, text, data) => text === 'PixlIPC Stats' && counts.push(data) };
  const client = new Client(socket, logger);
  t.after(() => client.close());
  await client.connect();
  await client.send('/x', 1);
  client.logStats();
  client.logStats();
  const { bytesSent, ...first } = counts[0];
  assert.equal(bytesSent > 0, true);
  assert.deepEqual(first, { recordsSent: 1, recordsReceived: 1, bytesReceived: 28, timeouts: 0, backpressure: 0 });
  assert.deepEqual(Object.values(counts[1]), [0, 0, 0, 0, 0, 0]);
});

test('statistics are logged at the interval', WATCHDOG, async (t) => {
  const { socket } = await serve(t, echo);
  await new Promise((resolve) => {
    const logger = { error() {}, debug: (level, text) => text === 'PixlIPC Stats' && resolve() };
    const client = new Client(socket, logger, { logStatsInterval: 1 });
    t.after(() => client.close());
    client.connect(() => {});
  });
});

test('options are checked', () => {
  assert.throws(() => new Client(''), TypeError);
  assert.throws(() => new Client('/s', null, { requestTimeOut: 5 }), /option "requestTimeOut" is unknown/);
  assert.throws(() => new Client('/s', null, { requestTimeout: '5s' }), /"requestTimeout" is a number of milliseconds/);
  assert.throws(() => new Client('/s', null, { requestTimeout: 2 ** 31 }), RangeError);
  assert.throws(() => new Client('/s', null, { maxRecordBytes: -1 }), RangeError);
  assert.throws(() => new Client('/s', null, { messageTransform: 'no' }), TypeError);
  new Client('/s', null, { requestTimeout: 0, autoReconnect: false, messageTransform: null });
});

test('a misspelt option of a request is an error too', WATCHDOG, async (t) => {
  const client = makeClient(t, socketPath(t));
  await assert.rejects(client.send('/x', {}, { timeuot: 5 }), TypeError);
});
