<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * The connection ended; the message says why.
 *
 * @internal the client makes a ServerClosedException of it, which also names the request
 */
final class ConnectionOver extends \Exception
{
}
