// A program that uses all of the types; it is compiled and not run.

import { Client, RpcError, type ClientOptions, type Message, type RpcErrorCode } from '..';

const options: ClientOptions = {
  autoReconnect: false,
  codeToErr: true,
  messageTransform: (message: Message) => [message.code, message.data],
  requestTimeout: 500,
};

const client = new Client('/run/app.sock', { debug() {}, error() {} }, options);

client.on('data', (message) => console.log(message.ipcReqID));
client.once('disconnect', (error: RpcError) => console.log(error.code, error.path, error.cause));
client.on('connect', () => {});

// @ts-expect-error there is no such option
new Client('/run/app.sock', null, { requestTimeOut: 500 });

// @ts-expect-error there is no such event
client.on('dat', () => {});

// @ts-expect-error a timeout is a number
client.send('/x', {}, { timeout: '5s' });

async function run(): Promise<number> {
  await client.connect();
  const typed = await client.send<{ sum: number }>('/add', [1, 2], { timeout: 500 });
  client.send<string>('/x', null, (error, data) => console.log(error, data?.length));
  client.send('/x', null, { timeout: 5 }, (error) => {
    const code: RpcErrorCode | undefined = error instanceof RpcError ? error.code : undefined;
    console.log(code);
  });
  await client.close();
  return typed.sum;
}

client.connect((error) => console.log(error?.code));
client.close(() => run());
