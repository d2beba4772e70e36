<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * The server could not read the request, and says so in the record itself instead of in its data: the URI is empty.
 */
final class RefusedException extends RpcException
{
    public const CODE = 5007;

    /**
     * @param array<string, mixed> $record as the server sent it; its `code` says why, for instance `no_uri`
     */
    public function __construct(string $message, public readonly array $record)
    {
        parent::__construct($message);
    }
}
