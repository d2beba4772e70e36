'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { Backoff } = require('../lib/backoff');

function waits(backoff, count, random = 1) {
  return Array.from({ length: count }, () => backoff.next(random));
}

test('the first attempt comes at once, and each further one later, up to the limit', () => {
  assert.deepEqual(waits(new Backoff(1000, 5000), 6), [0, 1000, 2000, 4000, 5000, 5000]);
});

test('clients spread over the last quarter of the wait', () => {
  assert.deepEqual(waits(new Backoff(1000, 5000), 3, 0), [0, 750, 1500]);
});

test('a connection that held begins anew, and one that did not goes on', () => {
  const backoff = new Backoff(1000, 5000);
  waits(backoff, 3);
  backoff.lost(999);
  assert.equal(backoff.next(1), 4000);
  backoff.lost(1000);
  assert.equal(backoff.next(1), 0);
});

test('the limit is never below the first wait', () => {
  assert.deepEqual(waits(new Backoff(1000, 10), 3), [0, 1000, 1000]);
});
