<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * More bytes arrived without a line feed than a record may have; the message says how many those are.
 *
 * @internal the client makes a RecordTooLargeException of it, which also names the request
 */
final class TooLarge extends \Exception
{
}
