<?php
// A client on plain PHP sockets, with the habits of the reference's: its order of members, escaped slashes and characters,
// the line feed in a write of its own. php client.php SOCKET COUNT
//
// Asks in several ways and prints what came of it as one line of JSON.

[, $path, $count] = $argv;
$socket = stream_socket_client("unix://$path", $code, $message, 5) or exit("$message\n");
$next = 0;

function ask(string $uri, $data) {
    global $socket, $next;
    $id = 'rq' . $next++;
    $request = ['uri' => $uri, 'ipcReqID' => $id, 'data' => $data, 'pid' => getmypid(), 'userAgent' => 'PHP/PixlIPCClient/tests'];
    fwrite($socket, json_encode($request, JSON_PRESERVE_ZERO_FRACTION));
    fwrite($socket, PHP_EOL);
    do {
        $answer = json_decode(fgets($socket), true);
    } while (($answer['ipcReqID'] ?? null) !== $id);
    return $answer;
}

$data = ['t' => 'grüße ☃ 😀', 'path' => '/a/b', 'f' => 1.0, 'n' => null, 'e' => []];
$right = 0;
for ($n = 0; $n < $count; $n++) {
    $right += ask('/typed', ['n' => $n, 'text' => str_repeat('x', $n % 500)])['data']['n'] === $n ? 1 : 0;
}
$large = str_repeat('é', 700000);
echo json_encode([
    'echo' => ask('/ipcserver/test/echo', $data)['data'] === $data,
    'right' => $right,
    'large' => ask('/ipcserver/test/echo', [$large])['data'][0] === $large,
    'empty' => ask('/ipcserver/test/echo', [])['data'],
    'missing' => ask('/nowhere', ['a' => 1])['data']['code'],
    'noUri' => ask('', ['a' => 1])['code'],
]), "\n";
