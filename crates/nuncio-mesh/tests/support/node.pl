# A small node of either generation, written from the description of the protocol with Debian's modules alone: it dials
# ADDRESS, proves by METHOD that it knows the secret, understands FRAMING and writes what the other side likes most, watches
# the port "sink", sends to it, and prints what it receives as JSON.
use strict;
use warnings;
use AnyEvent;
use AnyEvent::Handle;
use CBOR::XS;
use Digest::SHA3 qw(sha3_512);
use JSON::XS;
use Storable ();

$| = 1;
my ($address, $method, $framing) = @ARGV;
my ($host, $port) = split /:/, $address;
my $secret = "geheim";
my $printer = JSON::XS->new->canonical->ascii;

# MD6 with 256 bits, no key, and 104 rounds.
my @sqrt_of_6 = unpack "Q>15", pack "H*", join "", qw(
    7311c2812425cfa0 6432286434aac8e7 b60450e9ef68b7c1 e8fb23908d9f06f1 dd2e76cba691e5bf
    0cd0d63b2c30bc41 1f8ccf6823058f8a 54e5ed5b88e3775d 4ad12aae0a6d6031 3e7f16bb88222e0d
    8af8671d3fb50c2c 995ad1178bd25c31 c878c1dd04c4b633 3b72066c7a1552ac 0d6f3522631effcb);
my @right = (10,  5, 13, 10, 11, 12,  2,  7, 14, 15,  7, 13, 11,  7,  6, 12);
my @left  = (11, 24,  9, 16, 15,  9, 27, 15,  6,  2, 29,  8, 15,  5, 31,  9);
my ($first, $mask) = unpack "Q>2", pack "H*", "0123456789abcdef7311c2812425cfa0";

sub compress {
    my @a = @_;
    my $s = $first;
    for (1 .. 104) {
        for my $step (0 .. 15) {
            my $x = $s ^ $a[-89] ^ $a[-17] ^ ($a[-18] & $a[-21]) ^ ($a[-31] & $a[-67]);
            $x ^= $x >> $right[$step];
            push @a, $x ^ ($x << $left[$step]);
        }
        $s = (($s << 1) | ($s >> 63)) ^ ($s & $mask);
    }
    return @a[-16 .. -1];
}

sub md6 {
    my ($data) = @_;
    for (my $level = 1; ; $level++) {
        my @blocks = unpack "(a512)*", $data;
        @blocks = ("") unless @blocks;
        my $result = "";
        for my $index (0 .. $#blocks) {
            my $padding = 8 * (512 - length $blocks[$index]);
            my $v = (104 << 48) | (64 << 40) | ((@blocks == 1) << 36) | ($padding << 20) | 256;
            my @block = unpack "Q>64", $blocks[$index] . "\0" x ($padding / 8);
            $result .= pack "Q>16", compress(@sqrt_of_6, (0) x 8, ($level << 56) | $index, $v, @block);
        }
        return substr $result, -32 if @blocks == 1;
        $data = $result;
    }
}

sub hmac {
    my ($digest, $block, $key, $message) = @_;
    $key = $digest->($key) if length $key > $block;
    $key .= "\0" x ($block - length $key);
    return unpack "H*", $digest->(($key ^ "\x5c" x $block) . $digest->(($key ^ "\x36" x $block) . $message));
}

# What a side proves itself by whose lines come first. The older generation has key and message exchanged.
my %proof = (
    hmac_sha3_512   => sub { hmac(\&sha3_512, 72, $secret, $_[0]) },
    hmac_md6_64_256 => sub { hmac(\&md6, 64, $_[0], md6($secret)) },
    cleartext       => sub { unpack "H*", $secret },
);

my %write = (
    cbor     => sub { encode_cbor $_[0] },
    json     => sub { encode_json $_[0] },
    storable => sub { pack "w/a*", Storable::nfreeze($_[0]) },
);

# Whoever shows the secret still wants it proven.
my $accepted = $method eq "cleartext" ? "hmac_sha3_512" : $method;
my @own = ("aemp;1;perl;$accepted;$framing;mproto=1;gproto=1", "a nonce of Perl's that is used once: " . rand);
my $done = AE::cv;
my $handle;
$handle = AnyEvent::Handle->new(connect => [$host, $port], no_delay => 1, on_error => sub { $done->croak($_[2]) });

sub receive {
    my ($message) = @_;
    print $printer->encode($message), "\n";
    $done->send if @$message > 1 && "$message->[0]" eq "" && $message->[1] eq "kil0";
}

sub messages {
    my ($sends) = @_;
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
    my $send = sub { $handle->push_write($write{$sends}->([@_])) };
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
        my $covered = sub { join "", map "$_\n", @_ };
        my ($sends) = split /,/, (split /;/, $greeting)[4];
        $handle->push_write("$method;" . $proof{$method}->($covered->(@own, @other)) . ";$sends\n");
        $handle->push_read(line => sub {
            my ($theirs, $data, $receives) = split /;/, $_[1];
            my $expected = $proof{$accepted}->($covered->(@other, @own));
            die "not proven: $_[1]" if $theirs ne $accepted || $data ne $expected || $receives ne $framing;
            messages($sends);
        });
    });
});
$done->recv;
