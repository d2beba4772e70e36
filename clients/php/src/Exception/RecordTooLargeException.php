<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * A record is above the limit: the request, which was not sent then, or what arrived, which ended the connection.
 */
final class RecordTooLargeException extends RpcException
{
    public const CODE = 5008;
}
