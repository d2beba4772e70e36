'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { LineReader, TooLarge, formatRecord, parseRecord } = require('../lib/records');

/** The lines that come out when `bytes` go in, `size` at a time. */
function linesOf(bytes, size, limit = 1024) {
  const reader = new LineReader(limit);
  const lines = [];
  for (let start = 0; start < bytes.length; start += size) {
    reader.push(bytes.subarray(start, start + size), (line) => lines.push(line));
  }
  return { lines, pending: reader.pendingBytes };
}

test('a stream may be cut anywhere, also within a character', () => {
  const bytes = Buffer.from('{"a":"grüße ☃ 😀"}\n\n{"b":2}\r\nrest');
  for (let size = 1; size <= bytes.length; size++) {
    const expected = { lines: ['{"a":"grüße ☃ 😀"}', '', '{"b":2}\r'], pending: 4 };
    assert.deepEqual(linesOf(bytes, size), expected);
  }
});

test('invalid UTF-8 becomes U+FFFD', () => {
  const { lines } = linesOf(Buffer.from([0xff, 0xc3, 0x28, 0x0a]), 1);
  assert.deepEqual(lines, ['\ufffd\ufffd(']);
});

test('a record may have as many bytes as the limit says, and not one more', () => {
  for (const size of [1, 3, 100]) {
    assert.deepEqual(linesOf(Buffer.from('1234567\n12345678\n'), size, 8).lines, ['1234567', '12345678']);
    assert.throws(() => linesOf(Buffer.from('123456789\n'), size, 8), TooLarge);
    assert.throws(() => linesOf(Buffer.from('123456789'), size, 8), /more than 8 bytes/);
  }
});

test('the lines before one that is too long are handed over', () => {
  const lines = [];
  const reader = new LineReader(4);
  assert.throws(() => reader.push(Buffer.from('ok\ntoo long\n'), (line) => lines.push(line)), TooLarge);
  assert.deepEqual(lines, ['ok']);
});

test('only an object is a record', () => {
  assert.deepEqual(parseRecord('  \t{"a":1}\r'), { a: 1 });
  for (const line of ['', '   ', 'hello', '[1]', '"s"', '42', 'null']) {
    assert.equal(parseRecord(line), null, line);
  }
  for (const line of ['{', '{"a":1} trailing', '{"a":1}{"b":2}', '\ufeff{"a":1}', '\u00a0{"a":1}', '{"a":1}\v']) {
    assert.throws(() => parseRecord(line), SyntaxError, line);
  }
});

test('a record is written on one line of UTF-8', () => {
  assert.equal(formatRecord({ a: 'ü\n', b: undefined }).toString(), '{"a":"ü\\n"}\n');
});
