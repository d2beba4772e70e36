<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * The format: one JSON object on one line of UTF-8.
 *
 * @internal
 */
final class Record
{
    private const DEPTH = 512;

    /** Text stays readable, and a float stays one on its way through a server that tells it from an integer. */
    private const ENCODE = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION
        | JSON_THROW_ON_ERROR;
    private const DECODE = JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR;

    /**
     * @param array<string, mixed> $record
     * @throws \JsonException JSON cannot hold it
     */
    public static function format(array $record): string
    {
        return json_encode($record, self::ENCODE, self::DEPTH);
    }

    /**
     * @return array<string, mixed>|null null for a line that is no record: blank, text, or another kind of JSON
     * @throws \JsonException the line begins as a record and is broken
     */
    public static function parse(string $line): ?array
    {
        return str_starts_with(ltrim($line), '{') ? json_decode($line, true, self::DEPTH, self::DECODE) : null;
    }
}
