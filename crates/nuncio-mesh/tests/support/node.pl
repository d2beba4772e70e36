# A small node of either generation, written from the description of the protocol with Debian's modules alone: it dials
# ADDRESS, proves that it knows the secret, watches the port "sink", sends to it, and prints what it receives as JSON.
use strict;
use warnings;
use AnyEvent;
use AnyEvent::Handle;
use CBOR::XS;
use Digest::SHA3 qw(sha3_512);
use JSON::XS;
use Storable ();

$| = 1;
my ($address, $framing) = @ARGV;
my ($host, $port) = split /:/, $address;
my $secret = "geheim";
my $printer = JSON::XS->new->canonical->ascii;

sub hmac {
    my ($key, $message) = @_;
    $key .= "\0" x (72 - length $key);
    return unpack "H*", sha3_512(($key ^ "\x5c" x 72) . sha3_512(($key ^ "\x36" x 72) . $message));
}

my %write = (
    cbor     => sub { encode_cbor $_[0] },
    json     => sub { encode_json $_[0] },
    storable => sub { pack "w/a*", Storable::nfreeze($_[0]) },
);

my @own = ("aemp;1;perl;hmac_sha3_512;$framing;mproto=1;gproto=1", "a nonce of Perl's that is used once: " . rand);
my $done = AE::cv;
my $handle;
$handle = AnyEvent::Handle->new(connect => [$host, $port], no_delay => 1, on_error => sub { $done->croak($_[2]) });

sub receive {
    my ($message) = @_;
    print $printer->encode($message), "\n";
    $done->send if @$message > 1 && "$message->[0]" eq "" && $message->[1] eq "kil0";
}

sub messages {
    my $json = JSON::XS->new->utf8;
    my $cbor = CBOR::XS->new;
    $handle->on_read(sub {
        my $bytes = delete $_[0]{rbuf};
        if ($framing eq "json") { receive($_) for $json->incr_parse($bytes) }
        elsif ($framing eq "cbor") { receive($_) for $cbor->incr_parse_multiple($bytes) }
    });
    if ($framing eq "storable") {
        $handle->on_read(sub { $_[0]->push_read(storable => sub { receive($_[1]) }) });
    }
    my $send = sub { $handle->push_write($write{$framing}->([@_])) };
    $send->("", "mon1", "sink");
    $send->("sink", "hello", 1, -2.5, "caf\xe9", "\x{20ac}", [1, { a => "b" }, []], undef, "1" x 300);
    $send->("");
    $send->("sink", "enough");
}

$handle->push_write(join "", map "$_\n", @own);
$handle->push_read(line => sub {
    my $greeting = $_[1];
    $handle->push_read(line => sub {
        my @other = ($greeting, $_[1]);
        my $proof = sub { hmac($secret, join "", map "$_\n", @_) };
        $handle->push_write("hmac_sha3_512;" . $proof->(@own, @other) . ";$framing\n");
        $handle->push_read(line => sub {
            my ($method, $data, $theirs) = split /;/, $_[1];
            die "not proven: $_[1]" if $method ne "hmac_sha3_512" || $data ne $proof->(@other, @own) || $theirs ne $framing;
            messages();
        });
    });
});
$done->recv;
