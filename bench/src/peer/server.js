// Answers each request with its data: node server.js PACKAGE SOCKET

'use strict';

const net = require('net');
const [package_, socket] = process.argv.slice(2);
const JSONStream = require(package_);

const server = net.createServer((connection) => {
    const stream = new JSONStream(connection);
    stream.on('json', (request) => {
        stream.write({ ipcReqID: request.ipcReqID, data: request.data });
        if (request.uri === '/bench/quit') {
            connection.end(() => process.exit(0));
        }
    });
});

server.listen(socket, () => console.log('ready'));
