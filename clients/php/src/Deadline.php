<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * A point in time, on a clock that nobody sets.
 *
 * @internal
 */
final class Deadline
{
    private const NANOSECONDS_PER_MS = 1_000_000;

    private function __construct(private readonly int $nanoseconds)
    {
    }

    /** That many milliseconds from now. */
    public static function after(int $milliseconds): self
    {
        return new self(hrtime(true) + $milliseconds * self::NANOSECONDS_PER_MS);
    }

    public static function now(): self
    {
        return self::after(0);
    }

    public function hasPassed(): bool
    {
        return $this->microseconds() === 0;
    }

    /** Microseconds until then, rounded up; 0 once it has passed. */
    public function microseconds(): int
    {
        return (int) max(0, ceil(($this->nanoseconds - hrtime(true)) / 1000));
    }

    /** The earlier of this and that many milliseconds from now. */
    public function orAfter(int $milliseconds): self
    {
        $other = self::after($milliseconds);
        return $other->nanoseconds < $this->nanoseconds ? $other : $this;
    }
}
