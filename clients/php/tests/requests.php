<?php

declare(strict_types=1);

// Requests, their answers, their timeouts and limits.

use Nuncio\Rpc\Client;
use Nuncio\Rpc\Exception\BadRequestException;
use Nuncio\Rpc\Exception\BadResponseException;
use Nuncio\Rpc\Exception\RecordTooLargeException;
use Nuncio\Rpc\Exception\RefusedException;
use Nuncio\Rpc\Exception\TimeoutException;

return [
    'any value of JSON goes there and back' => function () {
        $client = ($server = new Server())->client();
        foreach ([['a' => [1, null]], [], 'grüße ☃ 😀 /', 0, 1.5, 1.0, true, false, null, ''] as $value) {
            same($value, $client->send('/echo', $value));
        }
        same([], $client->send('/echo', new stdClass()));
    },
    'an answer may arrive byte by byte' => function () {
        $client = ($server = new Server())->client();
        $text = "{\"ipcReqID\":\"{id}\",\"data\":\"snow ☃\"}\r\n";
        same('snow ☃', $client->send('/write', ['now' => $text, 'slowly' => true]));
    },
    'invalid UTF-8 in an answer becomes U+FFFD' => function () {
        // Such bytes cannot be asked of the test's server in JSON.
        $request = new Nuncio\Rpc\Request('rq0', '/x', '/s', 1);
        same("\u{fffd}(", $request->parse("{\"data\":\"\xff(\"}")['data']);
    },
    'what is no answer is skipped' => function () {
        $client = ($server = new Server())->client();
        $lines = "hello\n\n[1]\n{\"ipcReqID\":\"zz\",\"data\":1}\n{\"ipcReqID\":{\"toString\":1}}\n";
        same('good', $client->send('/write', ['now' => $lines . "{\"ipcReqID\":\"{id}\",\"data\":\"good\"}\n"]));
    },
    'messages that nobody asked for go to onMessage' => function () {
        $messages = [];
        $onMessage = function (array $message) use (&$messages) {
            $messages[] = $message;
        };
        $client = ($server = new Server())->client(['onMessage' => $onMessage]);
        $lines = "{\"news\":1}\n{\"ipcReqID\":null,\"data\":2}\n{\"ipcReqID\":\"zz\"}\n";
        $client->send('/write', ['now' => $lines . "{\"ipcReqID\":\"{id}\"}\n"]);
        same([['news' => 1], ['ipcReqID' => null, 'data' => 2]], $messages);
    },
    'they also do when they arrive between two requests' => function () {
        $messages = [];
        $onMessage = function (array $message) use (&$messages) {
            $messages[] = $message;
        };
        $client = ($server = new Server())->client(['onMessage' => $onMessage]);
        $client->send('/write', ['now' => "{\"ipcReqID\":\"{id}\"}\n{\"broken\n{\"news\":1}\n"]);
        same(2, $client->send('/echo', 2));
        same([['news' => 1]], $messages);
    },
    'a broken record is an error at once, and harms no other request' => function () {
        $client = ($server = new Server())->client();
        $error = throws(BadResponseException::class, fn () => $client->send('/write', ['now' => "{\"broken\n"]));
        same(Client::E_BAD_RESPONSE, $error->getCode());
        matches("#^request /write on {$server->socket}: a broken record arrived: #", $error->getMessage());
        same(2, $client->send('/echo', 2));
    },
    'a timeout says what was asked, where, and how long' => function () {
        $client = ($server = new Server())->client();
        $error = throws(TimeoutException::class, fn () => $client->send('/write', [], 5));
        same("request /write on {$server->socket}: no answer within 5 ms", $error->getMessage());
        same(Client::E_TIMEOUT, $error->getCode());
    },
    'a late answer is skipped' => function () {
        $client = ($server = new Server())->client();
        $late = ['later' => "{\"ipcReqID\":\"{id}\",\"data\":\"late\"}\n"];
        throws(TimeoutException::class, fn () => $client->send('/write', $late, 5));
        same('next', $client->send('/echo', 'next'));
    },
    'a timeout in the middle of an answer leaves no part of it behind' => function () {
        $client = ($server = new Server())->client();
        $half = ['now' => '{"ipcReqID":"{id', 'later' => "\",\"data\":\"late\"}\n"];
        throws(TimeoutException::class, fn () => $client->send('/write', $half, 50));
        same('next', $client->send('/echo', 'next'));
    },
    'a server that keeps sending other records does not extend the timeout' => function () {
        $client = ($server = new Server())->client();
        throws(TimeoutException::class, fn () => $client->send('/flood', [], 50));
        $client->close();
        same('next', $client->send('/echo', 'next'));
    },
    'records of several megabytes are not cut' => function () {
        $client = ($server = new Server())->client();
        $data = str_repeat('☃', 1_500_000);
        same(true, $client->send('/echo', $data) === $data);
    },
    'a server that waits to be read is read while a request is written' => function () {
        $client = ($server = new Server())->client();
        $late = ['now' => str_repeat('a', 100) . "\n", 'repeat' => 200_000];
        throws(TimeoutException::class, fn () => $client->send('/write', $late, 1));
        $data = str_repeat('b', 3_000_000);
        same(true, $client->send('/echo', $data) === $data);
    },
    'a server that does not read is a timeout, and the rest of the request goes to nobody' => function () {
        $client = ($server = new Server())->client();
        same('deaf', $client->send('/deaf', []));
        $error = throws(TimeoutException::class, fn () => $client->send('/x', str_repeat('a', 4_000_000), 30));
        matches('/: not read by the server within 30 ms$/', $error->getMessage());
        same('next', $client->send('/echo', 'next'));
    },
    'a request above the limit is refused, with both sizes' => function () {
        $client = ($server = new Server())->client(['maxRecordBytes' => 200, 'userAgent' => 'test']);
        $error = throws(RecordTooLargeException::class, fn () => $client->send('/echo', str_repeat('a', 200)));
        matches('#^request /echo on .*: the record has 2\d\d bytes, the limit is 200 bytes$#', $error->getMessage());
        same('small', $client->send('/echo', 'small'));
    },
    'an answer above the limit ends the connection, and the next request opens another' => function () {
        $client = ($server = new Server())->client(['maxRecordBytes' => 200, 'userAgent' => 'test']);
        $large = ['now' => 'a', 'repeat' => 1000];
        $error = throws(RecordTooLargeException::class, fn () => $client->send('/write', $large));
        matches('/: a record of more than 200 bytes arrived$/', $error->getMessage());
        same('small', $client->send('/echo', 'small'));
    },
    'what JSON cannot hold is refused' => function () {
        $client = ($server = new Server())->client();
        foreach (["\xff", NAN, STDIN] as $data) {
            $error = throws(BadRequestException::class, fn () => $client->send('/echo', $data));
            same(Client::E_BAD_REQUEST_TYPE, $error->getCode());
        }
        same(1, $client->send('/echo', 1));
    },
    'a refusal is no answer of null' => function () {
        $client = ($server = new Server())->client();
        $refusal = '{"ipcReqID":"{id}","code":"no_uri","message":"Missing required uri parameter from request"}';
        $error = throws(RefusedException::class, fn () => $client->send('/write', ['now' => "$refusal\n"]));
        same('no_uri', $error->record['code']);
        matches('/: refused: Missing required uri parameter from request$/', $error->getMessage());
        same(null, $client->send('/write', ['now' => "{\"ipcReqID\":\"{id}\"}\n"]));
    },
    'options are checked' => function () {
        foreach ([['requestTimeOut' => 5], ['requestTimeout' => 0], ['connectTimeout' => '5s'], ['onMessage' => 1]] as $bad) {
            throws(InvalidArgumentException::class, fn () => new Client('/s', $bad));
        }
        throws(InvalidArgumentException::class, fn () => (new Client('/s'))->send('/x', [], -1));
        new Client('/s', null);
    },
];
