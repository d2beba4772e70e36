<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * The answer did not come in time, or the server did not read the request in time. It may have carried it out, or still
 * do so; an answer that comes late harms no other request.
 */
final class TimeoutException extends RpcException
{
    public const CODE = 5006;
}
