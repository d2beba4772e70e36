<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

use Nuncio\Rpc\Exception\BadRequestException;
use Nuncio\Rpc\Exception\BadResponseException;
use Nuncio\Rpc\Exception\RecordTooLargeException;
use Nuncio\Rpc\Exception\RefusedException;

/**
 * One request: its record, what its answer says, and the text of its errors. No sockets here.
 *
 * @internal
 */
final class Request
{
    /** @param int $timeout milliseconds */
    public function __construct(
        private readonly string $id,
        private readonly string $uri,
        private readonly string $socketPath,
        public readonly int $timeout,
    ) {
    }

    /**
     * The record with its line feed.
     *
     * @throws BadRequestException
     * @throws RecordTooLargeException
     */
    public function format(mixed $data, Options $options): string
    {
        $record = [
            'ipcReqID' => $this->id,
            'uri' => $this->uri,
            'data' => $data,
            'pid' => getmypid(),
            'userAgent' => $options->userAgent,
        ];
        try {
            $line = Record::format($record);
        } catch (\JsonException $error) {
            throw new BadRequestException($this->failed("JSON cannot hold it: {$error->getMessage()}"), $error);
        }
        $size = strlen($line);
        if ($size > $options->maxRecordBytes) {
            $reason = "the record has $size bytes, the limit is {$options->maxRecordBytes} bytes";
            throw new RecordTooLargeException($this->failed($reason));
        }
        return "$line\n";
    }

    /**
     * A line that arrived while this request waits, as {@see Record::parse()} does.
     *
     * @return array<string, mixed>|null
     * @throws BadResponseException
     */
    public function parse(string $line): ?array
    {
        try {
            return Record::parse($line);
        } catch (\JsonException $error) {
            throw new BadResponseException($this->failed("a broken record arrived: {$error->getMessage()}"), $error);
        }
    }

    /** @param array<string, mixed> $record */
    public function isAnsweredBy(array $record): bool
    {
        return ($record['ipcReqID'] ?? null) === $this->id;
    }

    /**
     * @param array<string, mixed> $record
     * @throws RefusedException
     */
    public function dataOf(array $record): mixed
    {
        if (!array_key_exists('data', $record) && ($record['code'] ?? null)) {
            $reason = is_string($record['message'] ?? null) ? $record['message'] : json_encode($record['code']);
            throw new RefusedException($this->failed("refused: $reason"), $record);
        }
        return $record['data'] ?? null;
    }

    /** The text of an error. */
    public function failed(string $reason): string
    {
        return "request {$this->uri} on {$this->socketPath}: $reason";
    }
}
