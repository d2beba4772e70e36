# A small node of either generation, written from the description of the protocol with Debian's modules alone: it dials
# ADDRESS, or listens, proves by METHOD that it belongs to the mesh, understands FRAMING and writes what the other side likes
# most, watches the port "sink", sends to it, and prints what it receives as JSON.
#
#     node.pl ADDRESS|listen METHOD FRAMING [PEM first|last]
#
# With a PEM file it speaks TLS, with certificate, key and authority in that file as the originals do, and its nonce is the
# first or the last of all, which makes it TLS's client or its server.
use strict;
use warnings;
use AnyEvent;
use AnyEvent::Handle;
use AnyEvent::Socket;
use CBOR::XS;
use Digest::SHA3 qw(sha3_512);
use JSON::XS;
use Storable ();

$| = 1;
my ($address, $method, $framing, $pem, $rank) = @ARGV;
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
    tls_sha3_512    => sub { unpack "H*", sha3_512($_[0]) },
    tls_md6_64_256  => sub { unpack "H*", md6($_[0]) },
    tls_anon        => sub { "" },
);

my %write = (
    cbor     => sub { encode_cbor $_[0] },
    json     => sub { encode_json $_[0] },
    storable => sub { pack "w/a*", Storable::nfreeze($_[0]) },
);

# What the originals say of themselves, and accept. Whoever shows less than a proof still wants one.
my $is_older = $method =~ /md6/;
my @accepted = $is_older ? qw(tls_md6_64_256 hmac_md6_64_256) : qw(tls_sha3_512 hmac_sha3_512);
my $keys = $is_older ? "provider=AE-1.30" : "provider=AE-2.02;mproto=1;gproto=1";
my $nonce = "a nonce of Perl's that is used once: " . rand;
my ($tls, $expects) = (undef, $accepted[1]);
if (defined $pem) {
    $expects = $accepted[0];
    $keys .= ";tls=1.0";
    $nonce = ($rank eq "first" ? " " : "~") . $nonce;
    my $text = do { local (@ARGV, $/) = $pem; <> };
    # As the originals do.
    $tls = { sslv2 => 0, sslv3 => 0, tlsv1 => 1, verify => 1, cert => $text, ca_cert => $text,
             verify_require_client_cert => 1 };
}
my @own = ("aemp;1;perl;" . join(",", @accepted, "tls_anon", "cleartext") . ";$framing;$keys", $nonce);
my $done = AE::cv;
my $handle;

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

sub greet {
    $handle = AnyEvent::Handle->new(@_, no_delay => 1, on_error => sub { $done->croak($_[2]) });
    $handle->push_write(join "", map "$_\n", @own);
    $handle->push_read(line => sub {
        my $greeting = $_[1];
        $handle->push_read(line => sub { prove($greeting, $_[1]) });
    });
}

sub prove {
    my @other = @_;
    my $covered = sub { join "", map "$_\n", @_ };
    my ($sends) = split /,/, (split /;/, $other[0])[4];
    if ($tls) {
        $other[0] =~ /;tls=1/ or die "the other side does not offer TLS: $other[0]";
        $handle->starttls($nonce lt $other[1] ? "connect" : "accept", $tls);
    }
    $handle->push_write("$method;" . $proof{$method}->($covered->(@own, @other)) . ";$sends\n");
    $handle->push_read(line => sub {
        my ($theirs, $data, $receives) = split /;/, $_[1];
        my $expected = $proof{$expects}->($covered->(@other, @own));
        die "not proven: $_[1]" if $theirs ne $expects || $data ne $expected || $receives ne $framing;
        messages($sends);
    });
}

my $listener;
if ($address eq "listen") {
    $listener = tcp_server "127.0.0.1", undef,
        sub { undef $listener; greet(fh => $_[0]) },
        sub { print $printer->encode(["listens", "$_[1]:$_[2]"]), "\n"; 1 };
} else {
    my ($host, $port) = split /:/, $address;
    greet(connect => [$host, $port]);
}
$done->recv;
