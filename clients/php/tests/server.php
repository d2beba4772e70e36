<?php

declare(strict_types=1);

// A server for the tests, in a process of its own: php server.php SOCKET [FIXTURE]
//
// With a fixture it answers each request as recorded, and prints what it received. Without one it does what the request
// says:
//   /echo    answers the data
//   /connections  answers how many connections there have been
//   /write   writes data.now, data.repeat times, where {id} is the id of the request; byte by byte if data.slowly; keeps
//            data.later for the next request; then closes the connection if data.end
//   /flood   writes records that nobody waits for until the client has gone
//   /deaf    never reads this connection again
//   /exit    ends the process
//
// It ends by itself when nothing happens for a while, so that no test hangs.

const WATCHDOG_SECONDS = 20;

[, $socket, $fixture] = $argv + [2 => ''];
$server = stream_socket_server("unix://$socket");
$recorded = $fixture === '' ? null : json_decode($fixture, true);
$connections = [];
$later = [];
$deaf = [];
$accepted = 0;
echo "ready\n";

while (true) {
    $readable = [$server, ...$connections];
    $none = null;
    if (stream_select($readable, $none, $none, WATCHDOG_SECONDS) === 0) {
        exit(1);
    }
    foreach ($readable as $stream) {
        if ($stream === $server) {
            $connections[] = stream_socket_accept($server);
            $accepted++;
        } elseif (($line = fgets($stream)) === false) {
            end_connection($stream);
        } elseif ($recorded !== null) {
            echo $line;
            fwrite($stream, array_shift($recorded)['answered']);
        } else {
            handle($stream, json_decode($line, true));
        }
    }
}

/** @param resource $stream */
function end_connection($stream): void
{
    global $connections;
    $connections = array_filter($connections, static fn ($other) => $other !== $stream);
    fclose($stream);
}

/** @param resource $stream */
function handle($stream, array $request): void
{
    global $accepted, $connections, $deaf, $later;
    ['uri' => $uri, 'ipcReqID' => $id, 'data' => $data] = $request;
    fwrite($stream, $later[(int) $stream] ?? '');
    $later[(int) $stream] = '';
    if ($uri === '/echo') {
        answer($stream, $id, $data);
    } elseif ($uri === '/connections') {
        answer($stream, $id, $accepted);
    } elseif ($uri === '/flood') {
        while (@fwrite($stream, "{\"ipcReqID\":\"nobody\"}\n{\"news\":1}\n")) {
        }
        end_connection($stream);
    } elseif ($uri === '/deaf') {
        $connections = array_filter($connections, static fn ($other) => $other !== $stream);
        $deaf[] = $stream;
        answer($stream, $id, 'deaf');
    } elseif ($uri === '/exit') {
        exit(0);
    } else {
        write($stream, $id, $data);
    }
}

/** @param resource $stream */
function answer($stream, string $id, mixed $data): void
{
    fwrite($stream, json_encode(['ipcReqID' => $id, 'data' => $data], JSON_PRESERVE_ZERO_FRACTION) . "\n");
}

/** @param resource $stream */
function write($stream, string $id, array $data): void
{
    global $later;
    $text = str_repeat(str_replace('{id}', $id, $data['now'] ?? ''), $data['repeat'] ?? 1);
    $later[(int) $stream] = str_replace('{id}', $id, $data['later'] ?? '');
    foreach (($data['slowly'] ?? false) ? str_split($text) : [$text] as $piece) {
        fwrite($stream, $piece);
    }
    if ($data['end'] ?? false) {
        end_connection($stream);
    }
}
