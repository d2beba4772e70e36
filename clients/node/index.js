'use strict';

const { Client } = require('./lib/client');
const { RpcError } = require('./lib/error');

module.exports = { Client, RpcError };
