<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * The server was not reached. No request was sent.
 */
final class ConnectException extends RpcException
{
    public const CODE = 5001;
}
