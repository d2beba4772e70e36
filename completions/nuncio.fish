# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_nuncio_global_optspecs
    string join \n h/help V/version
end

function __fish_nuncio_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_nuncio_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_nuncio_using_subcommand
    set -l cmd (__fish_nuncio_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c nuncio -n "__fish_nuncio_needs_command" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_needs_command" -s V -l version -d 'Print version'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "bus" -d 'Named peers that send, ask and answer, shared with Perl\'s IPC::Manager'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "codec" -d 'Documents in JSON, CBOR, MessagePack, YAML and Perl\'s formats: tell, convert, look inside'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "demo" -d 'Show messages moving between processes, and check that each arrives once, in order, intact'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "gateway" -d 'Carry messages between this machine\'s queues and other machines, until a signal comes'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "keys" -d 'Keys for sealed messages: our own, and those that are trusted to be some host\'s'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "mesh" -d 'Nodes and ports over TCP, shared with Perl\'s AnyEvent::MP'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "queue" -d 'Named queues between the processes of this machine, shared with Perl\'s IPC::Transit'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "rpc" -d 'Requests and answers over unix sockets, shared with Node\'s and PHP\'s pixl-ipc'
complete -c nuncio -n "__fish_nuncio_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "broadcast" -d 'Send one message to every other peer, and print for each how it went'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "clean" -d 'Remove the buses among the temporary files whose owners were killed, and print where they were'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "create" -d 'Make a bus, print its info line, and guard it until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "destroy" -d 'Remove a bus with everything that is on it, whoever uses it'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "peers" -d 'List the peers, one name on each line, without joining them'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "request" -d 'Ask a peer, and print its response'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "send" -d 'Send one message to a peer'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "serve" -d 'Answer requests, until a message or a signal asks to end'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "stats" -d 'Print the accounts that peers left, and where they differ'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "tap" -d 'Watch a bus: print a line of JSON for everybody who comes and leaves, and for every broadcast'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and not __fish_seen_subcommand_from broadcast clean create destroy peers recv request send serve stats tap help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from broadcast" -l as -d 'Send under this name [default: one that nobody has]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from broadcast" -l timeout -d 'Wait at most this long for room at each peer: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from broadcast" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -l driver -d 'Take the first of these drivers that works here' -r -f -a "fifo\t''
files\t''
jsonfile\t''
stream\t''
unix\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -l serializer -d 'How messages are written: JSON, JSON::Zstd, or, where only nuncio is on the bus, cbor, msgpack, sereal, storable or yaml' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -l route -d 'Directory of the bus, or its file with jsonfile [default: a new one among the temporary files]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -l signal -d 'Send this signal to the peers\' processes at the end: a name or a number' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -l keep -d 'End at once, and leave the bus'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from destroy" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from peers" -l json -d 'Print one JSON object, with the process of each'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from peers" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l as -d 'Receive as this peer' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l count -d 'Receive so many messages' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l timeout -d 'Wait at most this long for each message: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l suspend -d 'At the end leave to come back within this time; messages arrive meanwhile, where the driver keeps them' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l follow -d 'Receive until a signal or a message asks to end; go on after a message that cannot be read'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l content -d 'Print the content alone'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -l reconnect -d 'Come back as a peer that was suspended, or whose process has ended, and receive what came meanwhile'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from recv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from request" -l as -d 'Ask under this name [default: one that nobody has]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from request" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from request" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from send" -l as -d 'Send under this name [default: one that nobody has]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from serve" -l as -d 'Answer as this peer' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from serve" -l exec -d 'Answer with what COMMAND prints, which gets the request as JSON; it is split into arguments as a shell would, and no shell runs [default: the request itself]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from stats" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from tap" -l as -d 'Watch under this name [default: one that nobody has]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from tap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "broadcast" -d 'Send one message to every other peer, and print for each how it went'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "clean" -d 'Remove the buses among the temporary files whose owners were killed, and print where they were'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a bus, print its info line, and guard it until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "destroy" -d 'Remove a bus with everything that is on it, whoever uses it'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "peers" -d 'List the peers, one name on each line, without joining them'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "request" -d 'Ask a peer, and print its response'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "send" -d 'Send one message to a peer'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Answer requests, until a message or a signal asks to end'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Print the accounts that peers left, and where they differ'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "tap" -d 'Watch a bus: print a line of JSON for everybody who comes and leaves, and for every broadcast'
complete -c nuncio -n "__fish_nuncio_using_subcommand bus; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and not __fish_seen_subcommand_from convert decode detect help" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and not __fish_seen_subcommand_from convert decode detect help" -f -a "convert" -d 'Convert a document from one format to another'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and not __fish_seen_subcommand_from convert decode detect help" -f -a "decode" -d 'Show what is in a document of Perl\'s: what is an object, what is bytes and what text, what is the same thing twice'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and not __fish_seen_subcommand_from convert decode detect help" -f -a "detect" -d 'Print the format of a document, told by its first bytes'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and not __fish_seen_subcommand_from convert decode detect help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from convert" -l from -d 'Format of the document; auto tells it by its first bytes' -r -f -a "auto\t''
cbor\t''
dumper\t''
json\t''
json-zstd\t''
msgpack\t''
sereal\t''
storable\t''
yaml\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from convert" -l to -d 'Format to write' -r -f -a "cbor\t''
dumper\t''
json\t''
json-zstd\t''
msgpack\t''
sereal\t''
storable\t''
yaml\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from convert" -l strings -d 'What strings without Perl\'s character flag are; only for sereal, storable and dumper' -r -f -a "latin1\t'Bytes, and characters 0 to 255 where the new format knows only text'
utf8\t'Text, where it is valid UTF-8'"
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from convert" -l code-as-text -d 'Read regular expressions and functions as their text instead of refusing them; only for Perl\'s formats'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from decode" -l from -d 'Format of the document; auto tells it by its first bytes' -r -f -a "auto\t''
cbor\t''
dumper\t''
json\t''
json-zstd\t''
msgpack\t''
sereal\t''
storable\t''
yaml\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from decode" -l typed -d 'Print each value as an object that says what it is, as one line of JSON; the only view there is'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from decode" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from detect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "convert" -d 'Convert a document from one format to another'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "decode" -d 'Show what is in a document of Perl\'s: what is an object, what is bytes and what text, what is the same thing twice'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "detect" -d 'Print the format of a document, told by its first bytes'
complete -c nuncio -n "__fish_nuncio_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand demo" -l all -d 'Take every tour, also those that need a server, of which there are none yet'
complete -c nuncio -n "__fish_nuncio_using_subcommand demo" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l config -d 'File with settings, TOML, under the names of these options; an option counts before it' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l listen -d 'Address and port to listen on [default: 127.0.0.1:9816]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l registry -d 'Directory that binds names to queues [default: /tmp/ipc_transit]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l spill -d 'Directory for messages that are too large for a queue [default: /tmp/transit_large_messages]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l spool -d 'Directory that keeps messages until they are delivered; one for each gateway' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l destination -d 'Post what is for HOST to URL; `*` in HOST stands for any run, `{host}` in URL for the host, and without a port it is 9816' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l allow-queue -d 'Queues that may be written from outside; `*` stands for any run' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l allow-destination -d 'Hosts that may be sent to, beside those of --destination; `*` stands for any run' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l proxy -d 'A host that comes for its messages: they wait in the queue of that name' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l keyring -d 'Keyring of this host: what is sealed for its queues is refused at once if no trusted key opens it, or its header was changed' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l tls-cert -d 'Certificate chain to serve with, PEM; other gateways are shown it, too' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l tls-key -d 'Its private key, PEM' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l client-ca -d 'Who signs the certificates that senders must have, PEM' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l ca -d 'Who signs the certificates of destinations, PEM [default: whom the system trusts]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l token -d 'The file with the secret shared with HOST: senders must have one of them, and HOST is shown its own over TLS or on this machine' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l danger-open -d 'Leave open what the original leaves open: any queue, any destination, or messages to whoever names a --proxy host' -r -f -a "proxy\t''
queues\t''
destinations\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l keep-for -d 'Give a message up after so long, and keep it among the dead letters: 5s, 2m, 12h, 7d [default: 7d]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l spool-bytes -d 'The most bytes of the spool [default: 1073741824]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l body-bytes -d 'The largest body of a request [default: 102400000]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l batch-messages -d 'The most messages of one request [default: 100000]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l rate -d 'The most messages from one sender in a second [default: 100000]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l connections -d 'The most connections from one address [default: 64]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l patience -d 'How long a sender may be silent in a request, and a destination in an answer [default: 10s]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -l danger-shared -d 'Share queues with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Check a file with settings, and the certificates and tokens that it names'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and __fish_seen_subcommand_from check" -l config -d 'The file' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a file with settings, and the certificates and tokens that it names'
complete -c nuncio -n "__fish_nuncio_using_subcommand gateway; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "export" -d 'Print the current key in base64, as IPC::Transit takes it'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "generate" -d 'Make a key pair, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "import" -d 'Take a secret key from standard input, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "list" -d 'List the keys; of our own the public halves'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "revoke" -d 'Trust a key of a host no more, or all keys of it'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "trust" -d 'Trust a public key to be a host\'s, beside those of it that are trusted already'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and not __fish_seen_subcommand_from export generate import list revoke trust help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from export" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from export" -l public -d 'Print the half that other hosts trust'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from export" -l secret -d 'Print the half that nobody else may see'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from generate" -l comment -d 'Note this beside the key' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from generate" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from import" -l comment -d 'Note this beside the key' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from import" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from list" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from trust" -l comment -d 'Note this beside the key' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from trust" -l keyring -d 'Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from trust" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print the current key in base64, as IPC::Transit takes it'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Make a key pair, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take a secret key from standard input, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the keys; of our own the public halves'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Trust a key of a host no more, or all keys of it'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "trust" -d 'Trust a public key to be a host\'s, beside those of it that are trusted already'
complete -c nuncio -n "__fish_nuncio_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "call" -d 'Send a message with a port for the answer behind it, and print the answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "config" -d 'Show and change the file that sets up nodes, which is shared with Perl\'s AnyEvent::MP'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "db" -d 'Print the database of a mesh, or one family of it, as JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "groups" -d 'List the groups of a mesh, and the ports in them'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "kill" -d 'End a port, with a reason if there is one'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "monitor" -d 'Wait until a port ends, and print the reason'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "nodes" -d 'List the nodes of a mesh'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "ping" -d 'Measure how long a message to a node and back takes'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "run" -d 'Run a node until a signal comes, and print what happens, one event on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "send" -d 'Send a message to a port, and wait until its node has it'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and not __fish_seen_subcommand_from call config db groups kill monitor nodes ping run send help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -l file -d 'The file' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -l profile -d 'Change this profile, not what holds for all' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "showprofile" -d 'Print what the file itself says of a profile, or of all of them'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "showconfig" -d 'Print what holds for a profile, with all that it inherits [default: this host\'s name]'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setnodeid" -d 'Set the node\'s id: %n is this host\'s name, %u or a / at the end something random'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delnodeid" -d 'Inherit the node\'s id'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setsecret" -d 'Set the secret to what standard input has, without its last line end'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "gensecret" -d 'Set the secret to something random'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delsecret" -d 'Inherit the secret'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "gencert" -d 'Set the certificate, key and authority to something random, with which all nodes of the mesh are set up'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setcert" -d 'Set the certificate, key and authority to what is in a PEM file'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delcert" -d 'Inherit the certificate'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setbinds" -d 'Set the addresses to listen on'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "addbind" -d 'Add an address to listen on'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delbind" -d 'Remove an address to listen on'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delbinds" -d 'Inherit the addresses to listen on'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setseeds" -d 'Set the seeds'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "addseed" -d 'Add a seed'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delseed" -d 'Remove a seed'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delseeds" -d 'Inherit the seeds'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setservices" -d 'Set the functions that are started with the node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "addservice" -d 'Add a function that is started with the node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delservice" -d 'Remove a function that is started with the node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delservices" -d 'Inherit the functions that are started with the node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setmonitor_timeout" -d 'Set for how many seconds to try to reach a node, and how long a handshake may take'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delmonitor_timeout" -d 'Inherit the time to try to reach a node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setconnect_interval" -d 'Set the seconds between two tries to reach a node'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delconnect_interval" -d 'Inherit the time between two tries'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setframing_format" -d 'Set the framings, the preferred one first'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delframing_format" -d 'Inherit the framings'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setauth_offer" -d 'Set the ways in which the node proves itself'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delauth_offer" -d 'Inherit the ways in which the node proves itself'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setauth_accept" -d 'Set the ways in which others may prove themselves, the preferred one first'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delauth_accept" -d 'Inherit the ways in which others may prove themselves'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setautocork" -d 'Set whether Perl\'s nodes gather what they write before it is sent; nuncio\'s always do'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delautocork" -d 'Inherit whether Perl\'s nodes gather what they write'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setnodelay" -d 'Set whether Perl\'s nodes send small messages at once; nuncio\'s always do'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delnodelay" -d 'Inherit whether Perl\'s nodes send small messages at once'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "profile" -d 'Do what the verbs behind it do, in a profile: profile NAME VERB ...'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "setparent" -d 'Have the profile inherit from another'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delparent" -d 'Have the profile inherit from what holds for all alone'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "delprofile" -d 'Remove a profile'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from config" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l json -d 'Print one JSON object, as is done without it, too'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from db" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from monitor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from nodes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l json -d 'Print one JSON object'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from ping" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l node -d 'The node\'s id, which no other node may have; with a / at the end, or empty, the rest is random' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l bind -d 'An address to listen on; port 0 is any that is free. May be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l framing -d 'Understand these ways to write messages, the preferred first: cbor, json, storable' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l port -d 'Have a port of this name, and print what it is sent' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l spawn -d 'Let other nodes spawn ports by this name, each of which runs COMMAND; it is split into arguments as a shell would, and no shell runs. A command reads the arguments as a JSON array, then a JSON array for each message; each line it prints that is an array [port, elements...] is sent' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l group -d 'Put a port into a group' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l danger-accept-cleartext -d 'Accept nodes that send the secret as it is'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l json -d 'Print events as JSON objects'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l seed -d 'A node\'s address to find the others through; may be given several times' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l profile -d 'Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is said here counts more' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l secret-file -d 'The file with the secret that all nodes share [default: ~/.aemp-secret]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l tls -d 'Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed, belong to the mesh' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l generation -d 'Speak this generation of the protocol alone [default: both]' -r -f -a "1\t'AnyEvent::MP 1.26 to 1.30'
2\t'AnyEvent::MP 2.x'"
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l timeout -d 'Wait at most this long: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -l danger-plaintext -d 'Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "call" -d 'Send a message with a port for the answer behind it, and print the answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "config" -d 'Show and change the file that sets up nodes, which is shared with Perl\'s AnyEvent::MP'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "db" -d 'Print the database of a mesh, or one family of it, as JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "groups" -d 'List the groups of a mesh, and the ports in them'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "kill" -d 'End a port, with a reason if there is one'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "monitor" -d 'Wait until a port ends, and print the reason'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "nodes" -d 'List the nodes of a mesh'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "ping" -d 'Measure how long a message to a node and back takes'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a node until a signal comes, and print what happens, one event on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "send" -d 'Send a message to a port, and wait until its node has it'
complete -c nuncio -n "__fish_nuncio_using_subcommand mesh; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "list" -d 'List the queues, one name on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "remove" -d 'Remove a queue with all that is in it; whoever waits there is told'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "send" -d 'Send JSON objects'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "stat" -d 'Say what the kernel knows of one queue, or of all'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and not __fish_seen_subcommand_from list recv remove send stat help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object, with the number of messages'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l count -d 'Receive so many messages' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l timeout -d 'Wait at most this long for each message: 300ms, 5s, 2m [default: for ever]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l only-from -d 'Refuse what no trusted key of HOST has sealed for this very queue; may be given again for one more host' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l follow -d 'Receive until SIGINT or SIGTERM comes; go on after a message that cannot be read'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l no-wait -d 'Do not wait'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l bare -d 'Leave out the metadata'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l raw -d 'Print header and payload as they were sent, beside the message'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l pretty -d 'Print on several lines, keys sorted'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l accept-dumper -d 'Read messages in Data::Dumper\'s text too: their literals, nothing is evaluated'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l only-sealed -d 'Refuse what no trusted key has sealed for this very queue'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from recv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l codec -d 'Encode in this format; IPC::Transit reads json, sereal, storable and dumper [default: IPC_TRANSIT_DEFAULT_SERIALIZER, else json]' -r -f -a "cbor\t''
dumper\t''
json\t''
json-zstd\t''
msgpack\t''
sereal\t''
storable\t''
yaml\t''"
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l timeout -d 'Wait at most this long for each message: 300ms, 5s, 2m [default: for ever]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l to -d 'Deliver to the queue of that name at HOST' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l source -d 'Claim to be the host NAME [default: of sealed messages the name of this host]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l ttl -d 'How many hosts may pass the message on [default: 9]' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l lines -d 'Send each input line as one message; one that is no JSON object as {"line": ...}'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l no-wait -d 'Do not wait'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l direct -d 'Post to HOST, or HOST:PORT, at once, and report the answer; waits 5s for it, or as long as --timeout says'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l seal -d 'Seal for the key that is trusted to be the host\'s, with the current key of the keyring'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l no-dns -d 'Leave HOST as it is; otherwise a name with fewer than three dots is looked up, and its address stands for it, also where a key is looked for'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l registry -d 'Directory that binds names to queues' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l spill -d 'Directory for messages that are too large for a queue' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l keyring -d 'Directory with the keys for sealed messages [default: nuncio/keyring in the user\'s directory for configuration]' -r -F
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l json -d 'Print one JSON object for each queue, one on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l danger-shared -d 'Share with other users: accept what they own or may write, and make what is missing open to everybody'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -l danger-default-key -d 'Seal and open with the key pair that IPC::Transit comes with, too; everybody has it, and what it opens counts as not sealed'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from stat" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the queues, one name on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a queue with all that is in it; whoever waits there is told'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "send" -d 'Send JSON objects'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "stat" -d 'Say what the kernel knows of one queue, or of all'
complete -c nuncio -n "__fish_nuncio_using_subcommand queue; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -f -a "call" -d 'Ask a server, and print the data of its answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -f -a "listen" -d 'Print each record that a server sends unasked, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -f -a "serve" -d 'Answer requests with what commands print, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -f -a "stats" -d 'Say what a server of nuncio has done, to its own user'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and not __fish_seen_subcommand_from call listen serve stats help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -l repeat -d 'Ask so many times, and print a line for each' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -l in-flight -d 'Have so many requests under way at once' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -l timeout -d 'Wait at most this long for each answer: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -l raw -d 'Print the whole record'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -l code-is-data -d 'An answer with a code is data like any other'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -l route -d 'Answer requests for exactly URI with what COMMAND prints; it is split into arguments as a shell would, and no shell runs' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -l mode -d 'Permission bits of the socket, in octal' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -l timeout -d 'End a command that runs longer: 300ms, 5s, 2m' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -l commands -d 'Run at most so many commands at once; more requests wait' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -l exit-timeout -d 'At the end, wait at most this long for commands that run' -r
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from stats" -l json -d 'Print one JSON object: totals since the start, and the last interval that is over'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from help" -f -a "call" -d 'Ask a server, and print the data of its answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from help" -f -a "listen" -d 'Print each record that a server sends unasked, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Answer requests with what commands print, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Say what a server of nuncio has done, to its own user'
complete -c nuncio -n "__fish_nuncio_using_subcommand rpc; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "bus" -d 'Named peers that send, ask and answer, shared with Perl\'s IPC::Manager'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "codec" -d 'Documents in JSON, CBOR, MessagePack, YAML and Perl\'s formats: tell, convert, look inside'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "demo" -d 'Show messages moving between processes, and check that each arrives once, in order, intact'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "gateway" -d 'Carry messages between this machine\'s queues and other machines, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "keys" -d 'Keys for sealed messages: our own, and those that are trusted to be some host\'s'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "mesh" -d 'Nodes and ports over TCP, shared with Perl\'s AnyEvent::MP'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "queue" -d 'Named queues between the processes of this machine, shared with Perl\'s IPC::Transit'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "rpc" -d 'Requests and answers over unix sockets, shared with Node\'s and PHP\'s pixl-ipc'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and not __fish_seen_subcommand_from bus codec demo gateway keys mesh queue rpc help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "broadcast" -d 'Send one message to every other peer, and print for each how it went'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "clean" -d 'Remove the buses among the temporary files whose owners were killed, and print where they were'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "create" -d 'Make a bus, print its info line, and guard it until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "destroy" -d 'Remove a bus with everything that is on it, whoever uses it'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "peers" -d 'List the peers, one name on each line, without joining them'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "request" -d 'Ask a peer, and print its response'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "send" -d 'Send one message to a peer'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "serve" -d 'Answer requests, until a message or a signal asks to end'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "stats" -d 'Print the accounts that peers left, and where they differ'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from bus" -f -a "tap" -d 'Watch a bus: print a line of JSON for everybody who comes and leaves, and for every broadcast'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from codec" -f -a "convert" -d 'Convert a document from one format to another'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from codec" -f -a "decode" -d 'Show what is in a document of Perl\'s: what is an object, what is bytes and what text, what is the same thing twice'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from codec" -f -a "detect" -d 'Print the format of a document, told by its first bytes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from gateway" -f -a "check" -d 'Check a file with settings, and the certificates and tokens that it names'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "export" -d 'Print the current key in base64, as IPC::Transit takes it'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "generate" -d 'Make a key pair, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "import" -d 'Take a secret key from standard input, and print its public half'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "list" -d 'List the keys; of our own the public halves'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "revoke" -d 'Trust a key of a host no more, or all keys of it'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "trust" -d 'Trust a public key to be a host\'s, beside those of it that are trusted already'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "call" -d 'Send a message with a port for the answer behind it, and print the answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "config" -d 'Show and change the file that sets up nodes, which is shared with Perl\'s AnyEvent::MP'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "db" -d 'Print the database of a mesh, or one family of it, as JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "groups" -d 'List the groups of a mesh, and the ports in them'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "kill" -d 'End a port, with a reason if there is one'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "monitor" -d 'Wait until a port ends, and print the reason'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "nodes" -d 'List the nodes of a mesh'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "ping" -d 'Measure how long a message to a node and back takes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "run" -d 'Run a node until a signal comes, and print what happens, one event on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from mesh" -f -a "send" -d 'Send a message to a port, and wait until its node has it'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from queue" -f -a "list" -d 'List the queues, one name on each line'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from queue" -f -a "recv" -d 'Receive messages, and print each as one line of JSON'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from queue" -f -a "remove" -d 'Remove a queue with all that is in it; whoever waits there is told'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from queue" -f -a "send" -d 'Send JSON objects'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from queue" -f -a "stat" -d 'Say what the kernel knows of one queue, or of all'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from rpc" -f -a "call" -d 'Ask a server, and print the data of its answer'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from rpc" -f -a "listen" -d 'Print each record that a server sends unasked, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from rpc" -f -a "serve" -d 'Answer requests with what commands print, until a signal comes'
complete -c nuncio -n "__fish_nuncio_using_subcommand help; and __fish_seen_subcommand_from rpc" -f -a "stats" -d 'Say what a server of nuncio has done, to its own user'
