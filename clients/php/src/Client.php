<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

use Nuncio\Rpc\Exception\BadRequestException;
use Nuncio\Rpc\Exception\BadResponseException;
use Nuncio\Rpc\Exception\ConnectException;
use Nuncio\Rpc\Exception\RecordTooLargeException;
use Nuncio\Rpc\Exception\RefusedException;
use Nuncio\Rpc\Exception\RpcException;
use Nuncio\Rpc\Exception\ServerClosedException;
use Nuncio\Rpc\Exception\TimeoutException;

/**
 * A blocking client of one server on a unix socket, with one request at a time.
 *
 * - Every request ends: with its answer, at its timeout, or at once when the connection ends. It is sent at most once.
 * - A connection that has ended is replaced when the next request is sent, which no request notices.
 * - A timeout harms no later request: what was read of an answer is kept, and the answer is skipped when it is whole.
 * - A child made with pcntl_fork() opens a connection of its own.
 */
class Client
{
    /** The codes of the exceptions, as in pixl-ipc. */
    public const E_SOCKET_CONNECT = ConnectException::CODE;
    public const E_BAD_REQUEST_TYPE = BadRequestException::CODE;
    /** Never thrown: a write fails because the connection has ended, or because its time is over. */
    public const E_SOCKET_WRITE = 5003;
    public const E_BAD_RESPONSE = BadResponseException::CODE;
    public const E_SERVER_CLOSE = ServerClosedException::CODE;
    public const E_TIMEOUT = TimeoutException::CODE;
    public const E_REFUSED = RefusedException::CODE;
    public const E_RECORD_TOO_LARGE = RecordTooLargeException::CODE;

    private readonly Options $options;
    private ?Connection $connection = null;
    private int $counter = 0;

    /**
     * Does not connect yet.
     *
     * @param string $socketPath at most 107 bytes
     * @param array{
     *     connectTimeout?: int,
     *     requestTimeout?: int,
     *     userAgent?: string,
     *     maxRecordBytes?: int,
     *     onMessage?: callable(array<string, mixed>): void
     * }|null $options
     *   - `connectTimeout`: milliseconds to wait for a server whose queue of new connections is full. Default 500.
     *   - `requestTimeout`: milliseconds from sending a request to its answer. Default 500.
     *   - `userAgent`: names this program to the server. Default `PHP/PixlIPCClient` and the current directory.
     *   - `maxRecordBytes`: the largest record, either way, without its line feed. Default 16777216 (16 MiB).
     *   - `onMessage`: gets each message that nobody asked for, when the next request is sent or while it waits; it must
     *     not use this client. Default: they are skipped.
     * @throws \InvalidArgumentException an option is unknown or out of range
     */
    public function __construct(private readonly string $socketPath, ?array $options = null)
    {
        $this->options = new Options($options ?? []);
    }

    public function __destruct()
    {
        $this->close();
    }

    /**
     * Connects, unless it is connected. {@see send()} does it by itself; call this to learn early that nobody is there.
     *
     * @throws ConnectException
     */
    public function connect(): void
    {
        if ($this->connection !== null && $this->connection->isOwn() && !$this->connection->isOver($this->skip(...))) {
            return;
        }
        $this->close();
        $deadline = Deadline::after($this->options->connectTimeout);
        $this->connection = Connection::open($this->socketPath, $deadline, $this->options->maxRecordBytes);
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @param string $uri what the server finds its handler by
     * @param mixed $data anything that JSON can hold; an empty array is `[]`, and `new \stdClass()` is `{}`
     * @param int|null $timeout milliseconds for this request instead of `requestTimeout`
     * @return mixed the `data` of the answer, with JSON objects as associative arrays; null when it has none
     * @throws ConnectException not connected, and nobody is there
     * @throws BadRequestException JSON cannot hold the data
     * @throws RecordTooLargeException the request or what arrived is above `maxRecordBytes`
     * @throws TimeoutException no answer in time
     * @throws ServerClosedException the connection ended before the answer came
     * @throws BadResponseException a broken record arrived
     * @throws RefusedException the server could not read the request
     * @throws \InvalidArgumentException the timeout is below 1
     */
    public function send(string $uri, mixed $data, ?int $timeout = null): mixed
    {
        $timeout = Options::milliseconds('timeout', $timeout ?? $this->options->requestTimeout);
        $request = new Request("rq{$this->counter}", $uri, $this->socketPath, $timeout);
        $this->counter++;
        $bytes = $request->format($data, $this->options);
        $this->connect();
        try {
            return $this->exchange($request, $bytes);
        } catch (ConnectionOver $over) {
            $this->close();
            throw new ServerClosedException($request->failed($over->getMessage()));
        } catch (TooLarge $tooLarge) {
            $this->close();
            throw new RecordTooLargeException($request->failed($tooLarge->getMessage()));
        }
    }

    /** Ends the connection; the next request opens another. */
    public function close(): void
    {
        $this->connection?->close();
        $this->connection = null;
    }

    private function exchange(Request $request, string $bytes): mixed
    {
        // One deadline for all of it: a server that keeps sending other records must not hold the caller.
        $deadline = Deadline::after($request->timeout);
        if (!$this->connection->write($bytes, $deadline, $this->skip(...))) {
            throw new TimeoutException($request->failed("not read by the server within {$request->timeout} ms"));
        }
        while (($line = $this->connection->readLine($deadline)) !== null) {
            $record = $request->parse($line);
            if ($record !== null && $request->isAnsweredBy($record)) {
                return $request->dataOf($record);
            }
            $this->pass($record);
        }
        throw new TimeoutException($request->failed("no answer within {$request->timeout} ms"));
    }

    /** A line that arrived while no request waited: a broken one is nobody's answer. */
    private function skip(string $line): void
    {
        try {
            $this->pass(Record::parse($line));
        } catch (\JsonException) {
        }
    }

    /** A record that answers nothing. With an id it is an answer that came too late. */
    private function pass(?array $record): void
    {
        if ($record !== null && !($record['ipcReqID'] ?? null)) {
            ($this->options->onMessage)?->__invoke($record);
        }
    }
}
