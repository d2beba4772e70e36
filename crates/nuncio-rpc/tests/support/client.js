// A client on pixl-json-stream: node client.js PACKAGE SOCKET COUNT
//
// Asks in several ways and prints what came of it as one line of JSON.

'use strict';

const net = require('net');
const [packagePath, socketPath, count] = process.argv.slice(2);
const JSONStream = require(packagePath);

const socket = net.connect(socketPath);
const stream = new JSONStream(socket);
const waiting = new Map();
const events = [];
let nextId = 0;

stream.on('json', (record) => {
    const answered = record.ipcReqID && waiting.get(record.ipcReqID);
    if (!answered) {
        events.push(record);
        return;
    }
    waiting.delete(record.ipcReqID);
    answered(record);
});

function ask(uri, data) {
    const ipcReqID = 'rq' + nextId++;
    stream.write({ ipcReqID, uri, data, pid: process.pid, userAgent: 'Node/IPCClient/tests' });
    return new Promise((resolve) => waiting.set(ipcReqID, resolve));
}

async function run() {
    const texts = { t: 'grüße ☃ 😀', ctl: 'a\u0000b\u001f\n\t"\\/\u007f\u2028', lone: '\ud800x' };
    const order = [];
    const delays = [60, 40, 20, 0].map((delay) =>
        ask('/ipcserver/test/delay', { delay }).then((record) => order.push(record.data.delay)));
    await Promise.all(delays);
    let right = 0;
    const askMany = async (first) => {
        for (let n = first; n < Number(count); n += 64) {
            const { data } = await ask('/typed', { n, text: 'x'.repeat(n % 500) });
            right += data.n === n && data.text.length === n % 500 ? 1 : 0;
        }
    };
    await Promise.all(Array.from({ length: 64 }, (_, first) => askMany(first)));
    const large = 'é'.repeat(400000);
    const results = {
        echo: JSON.stringify((await ask('/ipcserver/test/echo', texts)).data) === JSON.stringify(texts),
        order,
        right,
        large: (await ask('/ipcserver/test/echo', large)).data === large,
        undefined: 'data' in (await ask('/ipcserver/test/echo')),
        missing: (await ask('/nowhere', {})).data,
        noUri: await ask('', {}),
        events,
    };
    socket.end();
    console.log(JSON.stringify(results));
}

run();
