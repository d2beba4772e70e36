<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * The connection ended before the answer came. The server may have carried out the request. The next one connects again.
 */
final class ServerClosedException extends RpcException
{
    public const CODE = 5005;
}
