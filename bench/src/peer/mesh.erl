% Messages between two Erlang nodes: taken and sent one way, and to and fro. Each talks to the program that started it in
% lines, as the benchmark's other processes do.
-module(mesh).
-export([take/3, send/4, ping/2, pong/1]).

say(Format, Arguments) -> io:format(Format ++ "~n", Arguments).

begins() -> say("ready", []), io:get_line("").

payload(Bytes) -> binary:copy(<<"x">>, Bytes).

% Takes messages to a registered process.
take(WarmUp, Messages, Bytes) ->
    register(sink, self()),
    begins(),
    count(WarmUp, Bytes),
    Began = erlang:monotonic_time(),
    count(Messages, Bytes),
    Took = erlang:convert_time_unit(erlang:monotonic_time() - Began, native, nanosecond),
    say("[~w]", [Messages * 1.0e9 / Took]).

count(0, _) -> ok;
count(Left, Bytes) ->
    receive {job, Text} when byte_size(Text) =:= Bytes -> count(Left - 1, Bytes) end.

% Sends as fast as the runtime lets it.
send(Node, WarmUp, Messages, Bytes) ->
    begins(),
    pong = net_adm:ping(Node),
    flood({sink, Node}, WarmUp + Messages, payload(Bytes)),
    await_end(Node),
    say("[]", []).

flood(_, 0, _) -> ok;
flood(To, Left, Text) -> To ! {job, Text}, flood(To, Left - 1, Text).

% What was sent is there when the other side has ended.
await_end(Node) ->
    monitor_node(Node, true),
    receive {nodedown, Node} -> ok end.

% Sends a message and waits for it to come back; median and 99th percentile in microseconds.
ping(Laps, Bytes) ->
    register(sink, self()),
    begins(),
    Echo = receive {echo, Process} -> Process end,
    Text = payload(Bytes),
    WarmUp = Laps div 10 + 1,
    _ = [lap(Echo, Text) || _ <- lists:seq(1, WarmUp)],
    Times = lists:sort([lap(Echo, Text) || _ <- lists:seq(1, Laps)]),
    At = fun(Share) -> lists:nth(max(1, round(Laps * Share)), Times) / 1000 end,
    say("[~w,~w]", [At(0.50), At(0.99)]).

lap(Echo, Text) ->
    Began = erlang:monotonic_time(nanosecond),
    Echo ! {job, self(), Text},
    receive {job, Text} -> ok end,
    erlang:monotonic_time(nanosecond) - Began.

% Sends back what comes.
pong(Node) ->
    begins(),
    pong = net_adm:ping(Node),
    monitor_node(Node, true),
    {sink, Node} ! {echo, self()},
    echo(Node),
    say("[]", []).

echo(Node) ->
    receive
        {job, From, Text} -> From ! {job, Text}, echo(Node);
        {nodedown, Node} -> ok
    end.
