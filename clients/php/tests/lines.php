<?php

declare(strict_types=1);

use Nuncio\Rpc\LineBuffer;
use Nuncio\Rpc\TooLarge;

/** The lines that come out when `bytes` go in, `size` at a time. */
function lines_of(string $bytes, int $size, int $limit = 1024): array
{
    $buffer = new LineBuffer($limit);
    $lines = [];
    foreach (str_split($bytes, $size) as $piece) {
        $buffer->append($piece);
        while (($line = $buffer->next()) !== null) {
            $lines[] = $line;
        }
    }
    return [$lines, $buffer->size()];
}

return [
    'a stream may be cut anywhere, also within a character' => function () {
        $bytes = "{\"a\":\"grüße ☃ 😀\"}\n\n{\"b\":2}\r\nrest";
        for ($size = 1; $size <= strlen($bytes); $size++) {
            same([['{"a":"grüße ☃ 😀"}', '', "{\"b\":2}\r"], 4], lines_of($bytes, $size));
        }
    },
    'a record may have as many bytes as the limit says, and not one more' => function () {
        foreach ([1, 3, 100] as $size) {
            same([['1234567', '12345678'], 0], lines_of("1234567\n12345678\n", $size, 8));
            throws(TooLarge::class, fn () => lines_of("123456789\n", $size, 8));
            $error = throws(TooLarge::class, fn () => lines_of('123456789', $size, 8));
            same('a record of more than 8 bytes arrived', $error->getMessage());
        }
    },
];
