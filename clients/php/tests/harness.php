<?php

declare(strict_types=1);

// As much of a test framework as is needed here.

require __DIR__ . '/../autoload.php';

final class Failed extends Exception
{
}

/** A server process on a socket in a directory of its own; both go when the test has ended. */
final class Server
{
    private const LONG_MS = 20_000;

    public readonly string $socket;
    private readonly string $directory;
    private $process = null;
    private $output = null;

    public function __construct(private readonly string $fixture = '')
    {
        $this->directory = sys_get_temp_dir() . '/nuncio-rpc-' . bin2hex(random_bytes(6));
        mkdir($this->directory, 0700);
        $this->socket = "{$this->directory}/s";
        $this->start();
    }

    public function __destruct()
    {
        $this->kill();
        rmdir($this->directory);
    }

    /** A client that is patient enough for a busy machine. */
    public function client(array $options = []): Nuncio\Rpc\Client
    {
        return new Nuncio\Rpc\Client($this->socket, $options + ['requestTimeout' => self::LONG_MS]);
    }

    /** Returns once it accepts. */
    public function start(): void
    {
        $command = [PHP_BINARY, __DIR__ . '/server.php', $this->socket, $this->fixture];
        $this->process = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        $this->output = $pipes[1];
        same("ready\n", fgets($this->output));
    }

    /** Returns once it is gone. */
    public function kill(): void
    {
        if ($this->process !== null) {
            proc_terminate($this->process, 9);
            fclose($this->output);
            proc_close($this->process);
            unlink($this->socket);
        }
        $this->process = null;
    }

    /** The next line that it prints. */
    public function line(): string
    {
        return fgets($this->output);
    }
}

/** Two values of the same types. */
function same(mixed $expected, mixed $actual, string $what = ''): void
{
    if ($expected !== $actual) {
        throw new Failed(trim("$what expected " . shown($expected) . ', got ' . shown($actual)));
    }
}

function matches(string $pattern, string $actual): void
{
    if (!preg_match($pattern, $actual)) {
        throw new Failed("expected a match of $pattern, got " . shown($actual));
    }
}

/**
 * @template T of Throwable
 * @param class-string<T> $class
 * @return T
 */
function throws(string $class, callable $function): Throwable
{
    try {
        $result = $function();
    } catch (Throwable $error) {
        if ($error instanceof $class) {
            return $error;
        }
        throw new Failed("expected $class, got " . $error::class . ": {$error->getMessage()}", 0, $error);
    }
    throw new Failed("expected $class, got " . shown($result));
}

function shown(mixed $value): string
{
    return substr(json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR), 0, 300);
}

/**
 * Runs tests and says how each went.
 *
 * @param array<string, callable> $tests
 * @return array{int, int} how many passed and failed
 */
function run(array $tests): array
{
    $failed = 0;
    foreach ($tests as $name => $test) {
        try {
            $test();
            echo "ok      $name\n";
        } catch (Throwable $error) {
            $failed++;
            echo "FAILED  $name\n        {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})\n";
        }
    }
    return [count($tests) - $failed, $failed];
}
