<?php

declare(strict_types=1);

// Streams recorded between pixl-ipc's clients and server. The order of members and the escapes mean nothing there, so
// what is sent is compared as JSON.

use Nuncio\Rpc\Client;
use Nuncio\Rpc\Exception\TimeoutException;

function replay(array $stream): void
{
    $server = new Server(json_encode($stream['exchanges']));
    $agent = json_decode($stream['exchanges'][0]['sent'])->userAgent;
    $client = new Client($server->socket, ['userAgent' => $agent, 'requestTimeout' => 20_000]);
    foreach ($stream['exchanges'] as ['sent' => $sent, 'answered' => $answered]) {
        $request = json_decode($sent);
        $send = fn (int $timeout) => $client->send($request->uri, $request->data ?? null, $timeout);
        if ($answered === '') {
            throws(TimeoutException::class, fn () => $send(1));
        } else {
            $lines = explode("\n", rtrim($answered, "\n"));
            same(json_decode(end($lines), true)['data'] ?? null, $send(20_000));
        }
        $request->pid = getmypid();
        $request->data ??= null;
        same(members($request), members(json_decode($server->line())));
    }
}

function members(object $record): string
{
    $members = (array) $record;
    ksort($members);
    return json_encode($members);
}

$tests = [];
foreach (json_decode(file_get_contents(__DIR__ . '/fixtures/recorded.json'), true) as $stream) {
    $tests["recorded: {$stream['id']}"] = fn () => replay($stream);
}
return $tests;
