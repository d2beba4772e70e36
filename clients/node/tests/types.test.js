'use strict';

// index.d.ts says what is there, and what is there is in index.d.ts.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const exported = require('..');
const { DEFAULTS } = require('../lib/options');

const TYPES = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');

/** The body of a declaration, without comments. */
function bodyOf(declaration) {
  const start = TYPES.indexOf(declaration);
  assert.notEqual(start, -1, declaration);
  return TYPES.slice(start, TYPES.indexOf('\n}\n', start)).replace(/\/\*\*.*?\*\//gs, '');
}

function membersOf(declaration) {
  const members = [...bodyOf(declaration).matchAll(/^ {2}(?:readonly )?(\w+)\??[(<:]/gm)].map(([, name]) => name);
  return [...new Set(members)].sort();
}

test('the classes are those that the package exports', () => {
  const classes = [...TYPES.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(classes.sort(), Object.keys(exported).sort());
});

test('the members of Client are those that it has', () => {
  const inherited = ['off', 'on', 'once'];
  const own = [...Object.getOwnPropertyNames(exported.Client.prototype), 'path', ...inherited];
  assert.deepEqual(membersOf('export class Client '), own.sort());
});

test('the options are those that are accepted', () => {
  assert.deepEqual(membersOf('export interface ClientOptions '), Object.keys(DEFAULTS).sort());
});

test('the error codes are those that occur', () => {
  const source = fs.readFileSync(path.join(__dirname, '..', 'lib', 'client.js'), 'utf8');
  const used = [...source.matchAll(/(?:RpcError\(|#fail\(request, |#failPending\()'(\w+)'/g)].map(([, code]) => code);
  const start = TYPES.indexOf('export type RpcErrorCode');
  const declared = [...TYPES.slice(start, TYPES.indexOf(';', start)).matchAll(/'(\w+)'/g)].map(([, code]) => code);
  assert.deepEqual(declared.sort(), [...new Set(used)].sort());
});

const compiler = path.join(__dirname, '..', 'node_modules', '.bin', 'tsc');
const absent = !fs.existsSync(compiler) && 'TypeScript is not here: npm install brings it';
// Where everything has to be there, a test without its peer fails.
const required = process.env.NUNCIO_REQUIRE_ALL !== undefined;

test('TypeScript accepts the types and a program that uses them', { skip: required ? false : absent }, () => {
  assert.equal(absent, false);
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--types', 'node'];
  const { stdout, status } = spawnSync(compiler, [...strict, path.join(__dirname, 'types.ts')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
