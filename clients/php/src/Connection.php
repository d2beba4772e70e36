<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

use Nuncio\Rpc\Exception\ConnectException;

/**
 * One connection, from its beginning to its end, as lines. It never comes back: the client opens another.
 *
 * Waiting is left to the timeout of the stream, which rests on poll(2): stream_select() fails in a process with more
 * than 1024 open files.
 *
 * @internal
 */
final class Connection
{
    private const CHUNK_BYTES = 65_536;
    /** The system cuts a longer path off, and another socket might answer. */
    private const LONGEST_PATH_BYTES = 107;
    /** Between two looks whether a server with a full queue accepts again. */
    private const CONNECT_PAUSE_US = 2_000;
    /** How long to wait for room before looking whether the server itself waits to be read. */
    private const WRITE_SLICE_MS = 10;
    /** A server that never stops sending must not hold the caller. */
    private const DRAIN_READS = 16;

    private readonly int $pid;
    /** A record was begun and not written whole: the server would take the next one for the rest of it. */
    private bool $midRecord = false;

    /** @param resource $stream */
    private function __construct(private $stream, private readonly LineBuffer $lines)
    {
        $this->pid = getmypid();
        stream_set_read_buffer($stream, 0);
    }

    /**
     * Waits while the server's queue of new connections is full.
     *
     * @param int $limit bytes that a record from the server may have
     * @throws ConnectException
     */
    public static function open(string $path, Deadline $deadline, int $limit): self
    {
        if (strlen($path) > self::LONGEST_PATH_BYTES) {
            throw new ConnectException(
                "connect to $path: the path has " . strlen($path) . ' bytes, the limit is ' . self::LONGEST_PATH_BYTES
            );
        }
        while (true) {
            $seconds = $deadline->microseconds() / 1e6;
            [$stream] = self::quietly(static function () use ($path, $seconds, &$error, &$reason) {
                return stream_socket_client("unix://$path", $error, $reason, $seconds);
            });
            if ($stream !== false) {
                return new self($stream, new LineBuffer($limit));
            }
            if ($error !== self::tryAgain() || $deadline->hasPassed()) {
                throw new ConnectException("connect to $path: $reason");
            }
            usleep(self::CONNECT_PAUSE_US);
        }
    }

    /** Whether this process opened it. A child must not mix its requests into those of its parent. */
    public function isOwn(): bool
    {
        return $this->pid === getmypid();
    }

    /**
     * Whether no request can use it any more: the server has ended it or sent what is too large, or a record was not
     * written whole.
     *
     * @param callable(string): void $onLine gets the lines that have arrived meanwhile
     */
    public function isOver(callable $onLine): bool
    {
        try {
            $this->drain($onLine);
            return $this->midRecord;
        } catch (ConnectionOver | TooLarge) {
            return true;
        }
    }

    /**
     * Writes all of it, or false when the deadline passed before that. The connection is of no use then.
     *
     * @param callable(string): void $onLine gets the lines that arrive meanwhile
     * @throws ConnectionOver
     * @throws TooLarge a line that arrived is above the limit; the connection is of no use then
     */
    public function write(string $bytes, Deadline $deadline, callable $onLine): bool
    {
        $this->midRecord = true;
        $written = 0;
        while ($written < strlen($bytes)) {
            $this->setTimeout($deadline->orAfter(self::WRITE_SLICE_MS));
            $chunk = substr($bytes, $written, self::CHUNK_BYTES);
            [$count, $problem] = self::quietly(fn () => fwrite($this->stream, $chunk));
            $written += (int) $count;
            if ($count) {
                continue;
            }
            if (!stream_get_meta_data($this->stream)['timed_out']) {
                throw new ConnectionOver($problem ?? 'the server ended the connection');
            }
            if ($deadline->hasPassed()) {
                return false;
            }
            // A server that waits until its answers are read reads no further request.
            $this->drain($onLine);
        }
        $this->midRecord = false;
        return true;
    }

    /**
     * The next line without its line feed, or null when the deadline passed before it was complete. The next call goes
     * on where this one stopped.
     *
     * @throws ConnectionOver after all that arrived was handed over
     * @throws TooLarge a line is above the limit; the connection is of no use then
     */
    public function readLine(Deadline $deadline): ?string
    {
        while (true) {
            $line = $this->lines->next();
            if ($line !== null) {
                return $line;
            }
            $arrived = $this->read($deadline);
            if (!$arrived && $deadline->hasPassed()) {
                return null;
            }
        }
    }

    public function close(): void
    {
        fclose($this->stream);
    }

    /** Hands over what was read before and what is there now, without waiting. */
    private function drain(callable $onLine): void
    {
        $now = Deadline::now();
        $reads = 0;
        do {
            while (($line = $this->lines->next()) !== null) {
                $onLine($line);
            }
        } while ($reads++ < self::DRAIN_READS && $this->read($now));
    }

    /**
     * Waits for bytes and keeps them; false when none came.
     *
     * @throws ConnectionOver
     */
    private function read(Deadline $deadline): bool
    {
        $this->setTimeout($deadline);
        [$bytes, $problem] = self::quietly(fn () => fread($this->stream, self::CHUNK_BYTES));
        if (is_string($bytes) && $bytes !== '') {
            $this->lines->append($bytes);
            return true;
        }
        if (feof($this->stream)) {
            throw new ConnectionOver($problem ?? $this->endReason());
        }
        return false;
    }

    private function endReason(): string
    {
        $pending = $this->lines->size();
        return 'the server ended the connection' . ($pending === 0 ? '' : " $pending bytes into a record");
    }

    private function setTimeout(Deadline $deadline): void
    {
        $microseconds = $deadline->microseconds();
        stream_set_timeout($this->stream, intdiv($microseconds, 1_000_000), $microseconds % 1_000_000);
    }

    /** EAGAIN, which has another number on another system. */
    private static function tryAgain(): int
    {
        return PHP_OS_FAMILY === 'Linux' ? 11 : 35;
    }

    /**
     * Runs a function of PHP's; its warnings become a part of the result, whatever error handler the program has.
     *
     * @return array{mixed, ?string} what it returned, and why it failed
     */
    private static function quietly(callable $function): array
    {
        $problem = null;
        set_error_handler(static function (int $level, string $message) use (&$problem): bool {
            $problem = preg_replace('/^\w+\(\): /', '', $message);
            return true;
        });
        try {
            return [$function(), $problem];
        } finally {
            restore_error_handler();
        }
    }
}
