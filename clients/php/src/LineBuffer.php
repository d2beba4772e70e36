<?php

declare(strict_types=1);

namespace Nuncio\Rpc;

/**
 * Bytes that arrived, taken out line by line. A line that is not complete stays, whatever becomes of who waits for it.
 *
 * @internal
 */
final class LineBuffer
{
    private string $bytes = '';
    /** Where the first line that was not taken begins. */
    private int $start = 0;
    /** Up to where there is no line feed, so that a long line that arrives in many pieces is searched once. */
    private int $searched = 0;

    /** @param int $limit bytes that a line may have, without its line feed */
    public function __construct(private readonly int $limit)
    {
    }

    public function append(string $bytes): void
    {
        $this->bytes .= $bytes;
    }

    /** Bytes that were not taken. */
    public function size(): int
    {
        return strlen($this->bytes) - $this->start;
    }

    /**
     * The next line without its line feed, or null when none is complete.
     *
     * @throws TooLarge the line is longer than the limit; the buffer is of no use any more
     */
    public function next(): ?string
    {
        $end = strpos($this->bytes, "\n", $this->searched);
        $length = ($end === false ? strlen($this->bytes) : $end) - $this->start;
        if ($length > $this->limit) {
            throw new TooLarge("a record of more than {$this->limit} bytes arrived");
        }
        if ($end === false) {
            $this->searched = strlen($this->bytes);
            return null;
        }
        $line = substr($this->bytes, $this->start, $length);
        $this->start = $this->searched = $end + 1;
        $this->forgetTaken();
        return $line;
    }

    /** Moves what is left to the front, but only when that is less than what was taken: else each line moves all others. */
    private function forgetTaken(): void
    {
        if ($this->start >= $this->size()) {
            $this->bytes = substr($this->bytes, $this->start);
            $this->start = $this->searched = 0;
        }
    }
}
