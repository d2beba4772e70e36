<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * The options of a client, checked. {@see Client::__construct()} says what they mean.
 *
 * @internal
 */
final class Options
{
    private const NAMES = ['connectTimeout', 'maxRecordBytes', 'onMessage', 'requestTimeout', 'userAgent'];
    private const LONGEST_MS = 2_147_483_647;

    public readonly int $connectTimeout;
    public readonly int $maxRecordBytes;
    public readonly ?\Closure $onMessage;
    public readonly int $requestTimeout;
    public readonly string $userAgent;

    /**
     * @param array<string, mixed> $given
     * @throws \InvalidArgumentException
     */
    public function __construct(array $given)
    {
        $unknown = array_diff(array_keys($given), self::NAMES);
        if ($unknown !== []) {
            $known = implode(', ', self::NAMES);
            throw new \InvalidArgumentException('option "' . reset($unknown) . "\" is unknown; there is $known");
        }
        $this->connectTimeout = self::milliseconds('connectTimeout', $given['connectTimeout'] ?? 500);
        $this->maxRecordBytes = self::positive('maxRecordBytes', $given['maxRecordBytes'] ?? 16 * 1024 * 1024, 'bytes');
        $this->onMessage = self::readOnMessage($given['onMessage'] ?? null);
        $this->requestTimeout = self::milliseconds('requestTimeout', $given['requestTimeout'] ?? 500);
        $this->userAgent = (string) ($given['userAgent'] ?? 'PHP/PixlIPCClient' . getcwd());
    }

    /** @throws \InvalidArgumentException */
    public static function milliseconds(string $name, mixed $value): int
    {
        return min(self::positive($name, $value, 'milliseconds'), self::LONGEST_MS);
    }

    private static function positive(string $name, mixed $value, string $unit): int
    {
        if (!is_int($value) || $value < 1) {
            $what = is_int($value) ? (string) $value : get_debug_type($value);
            throw new \InvalidArgumentException("\"$name\" is a number of $unit from 1, not $what");
        }
        return $value;
    }

    private static function readOnMessage(mixed $value): ?\Closure
    {
        if ($value !== null && !is_callable($value)) {
            throw new \InvalidArgumentException('"onMessage" is a callable, not ' . get_debug_type($value));
        }
        return $value === null ? null : \Closure::fromCallable($value);
    }
}
