<?php

declare(strict_types=1);

// The life of the connection: lost, replaced, closed.

use Nuncio\Rpc\Client;
use Nuncio\Rpc\Exception\ConnectException;
use Nuncio\Rpc\Exception\ServerClosedException;

$tests = [
    'a server that is not there is an error at once' => function () {
        $path = sys_get_temp_dir() . '/nuncio-rpc-no-such-socket';
        $error = throws(ConnectException::class, fn () => (new Client($path))->send('/x', []));
        same("connect to $path: No such file or directory", $error->getMessage());
        same(Client::E_SOCKET_CONNECT, $error->getCode());
    },
    'a path that the system would cut off is refused' => function () {
        $error = throws(ConnectException::class, fn () => (new Client('/tmp/' . str_repeat('a', 103)))->connect());
        matches('/: the path has 108 bytes, the limit is 107$/', $error->getMessage());
    },
    'a server whose queue is full is waited for' => function () {
        $server = new Server();
        $path = dirname($server->socket) . '/full';
        $context = stream_context_create(['socket' => ['backlog' => 0]]);
        $full = stream_socket_server("unix://$path", $code, $reason, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
        $first = new Client($path);
        $first->connect();
        $begun = hrtime(true);
        $error = throws(ConnectException::class, fn () => (new Client($path, ['connectTimeout' => 20]))->connect());
        same(true, hrtime(true) - $begun >= 20_000_000);
        unlink($path);
        same("connect to $path: Resource temporarily unavailable", $error->getMessage());
    },
    'the end of the connection is an error at once, and the next request connects again' => function () {
        $client = ($server = new Server())->client();
        $half = ['now' => '{"unfinished', 'end' => true];
        $error = throws(ServerClosedException::class, fn () => $client->send('/write', $half));
        $reason = 'the server ended the connection 12 bytes into a record';
        same("request /write on {$server->socket}: $reason", $error->getMessage());
        same(Client::E_SERVER_CLOSE, $error->getCode());
        same('next', $client->send('/echo', 'next'));
    },
    'an answer that arrived before the end of the connection counts' => function () {
        $client = ($server = new Server())->client();
        same('good', $client->send('/write', ['now' => "{\"ipcReqID\":\"{id}\",\"data\":\"good\"}\n", 'end' => true]));
    },
    'a request after the server was replaced does not notice' => function () {
        $client = ($server = new Server())->client();
        same(1, $client->send('/echo', 1));
        $server->kill();
        throws(ConnectException::class, fn () => $client->send('/echo', 2));
        $server->start();
        same(3, $client->send('/echo', 3));
        $server->kill();
        $server->start();
        same(4, $client->send('/echo', 4));
    },
    'a server that dies during a request is an error at once' => function () {
        $client = ($server = new Server())->client();
        throws(ServerClosedException::class, fn () => $client->send('/exit', []));
    },
    'connect and close may be called as often as one likes' => function () {
        $client = ($server = new Server())->client();
        $client->close();
        $client->connect();
        $client->connect();
        same(1, $client->send('/echo', 1));
        $client->close();
        $client->close();
        same(2, $client->send('/echo', 2));
    },
    'more than 1024 open files do no harm' => function () {
        $client = ($server = new Server())->client();
        $files = [];
        // Where this process may have fewer, there is nothing to see.
        while (count($files) < 1100 && ($file = @fopen('/dev/null', 'r'))) {
            $files[] = $file;
        }
        unset($file, $files[0]);
        same(1, $client->send('/echo', 1));
    },
];

if (function_exists('pcntl_fork')) {
    $tests['a forked child has a connection of its own, and its end leaves the parent\'s alone'] = function () {
        $client = ($server = new Server())->client();
        same(1, $client->send('/connections', []));
        $child = pcntl_fork();
        if ($child === 0) {
            $good = $client->send('/connections', []) === 2;
            $client->close();
            // No destructor of the test's runs in the child: they are the parent's to run.
            posix_kill(getmypid(), $good ? SIGTERM : SIGKILL);
        }
        pcntl_waitpid($child, $status);
        same(SIGTERM, pcntl_wtermsig($status));
        same(2, $client->send('/connections', []), 'accepted:');
    };
}

return $tests;
