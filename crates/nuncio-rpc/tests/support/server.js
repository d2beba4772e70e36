// A server on pixl-json-stream, with the reference's two handlers and a few of its own: node server.js PACKAGE SOCKET

'use strict';

const net = require('net');
const [packagePath, socketPath] = process.argv.slice(2);
const JSONStream = require(packagePath);

const handlers = {
    '/ipcserver/test/echo': (request, answer) => answer(request.data),
    '/ipcserver/test/delay': (request, answer) => setTimeout(() => answer(request.data), request.data.delay),
    '/undefined': (request, answer) => answer(undefined),
    '/twice': (request, answer) => [1, 2].forEach((n) => answer({ n })),
    '/whole': (request, answer) => answer(request),
    '/push': (request, answer, stream) => {
        stream.write({ hello: 1 });
        stream.write({ ipcReqID: null, data: 2 });
        answer('pushed');
    },
    '/garbage': (request, answer, stream, socket) => {
        socket.write('hello\n{bad}\n\n[1]\n');
        answer('good');
    },
    '/end': (request, answer, stream, socket) => socket.destroy(),
};

net.createServer((socket) => {
    const stream = new JSONStream(socket);
    socket.on('error', () => {});
    stream.on('json', (request) => {
        const answer = (data) => stream.write({ ipcReqID: request.ipcReqID, data });
        const handler = handlers[request.uri];
        if (!request.uri) {
            stream.write({ ipcReqID: request.ipcReqID, code: 'no_uri', message: 'Missing required uri parameter from request' });
        } else if (!handler) {
            answer({ code: 'no_handler_found', message: 'No handler found for ' + request.uri });
        } else {
            handler(request, answer, stream, socket);
        }
    });
}).listen(socketPath, () => console.log('ready'));
