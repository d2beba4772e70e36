<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * JSON cannot hold the data: invalid UTF-8, infinity, a resource, nesting beyond 512. Nothing was sent.
 */
final class BadRequestException extends RpcException
{
    public const CODE = 5002;
}
