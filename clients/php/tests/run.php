<?php

declare(strict_types=1);

// php tests/run.php: all tests; ends with 1 when one failed.

require __DIR__ . '/harness.php';

// What the client meets in the system must reach its caller as an exception and nobody as a warning.
error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

$passed = $failed = 0;
foreach (['lines', 'recorded', 'requests', 'connections'] as $file) {
    [$good, $bad] = run(require __DIR__ . "/$file.php");
    $passed += $good;
    $failed += $bad;
}
echo "$passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
