<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * A broken record arrived instead of an answer. The server may have carried out the request. The connection goes on.
 */
final class BadResponseException extends RpcException
{
    public const CODE = 5004;
}
