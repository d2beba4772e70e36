<?php

declare(strict_types=1);

namespace Nuncio\Rpc\Exception;

/**
 * All that the client throws. The message names what was tried, on which socket, and why it failed.
 *
 * `getCode()` is the number that pixl-ipc's client uses for the same failure, where it has one.
 */
abstract class RpcException extends \RuntimeException
{
    public const CODE = 0;

    public function __construct(string $message, ?\Throwable $previous = null)
    {
        parent::__construct($message, static::CODE, $previous);
    }
}
