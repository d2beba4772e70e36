# A peer that speaks IPC::Transit's wire with core modules and Sereal: written from its description, not from nuncio.
#
# One command a line on standard input, one answer a line on standard output.
use strict;
use warnings;
use Data::Dumper ();
use Fcntl qw(O_CREAT O_EXCL O_RDWR);
use IPC::Msg;
use IPC::SysV qw(ftok IPC_CREAT IPC_NOWAIT);
use JSON::PP;
use Sereal::Decoder;
use Sereal::Encoder;
use Storable ();

# Ends this process, whatever it waits for and whatever became of its parent.
alarm 120;

my ($registry, $spill) = @ARGV;
my $lock = "$registry/.lock";
my $json = JSON::PP->new->utf8;
my $talk = JSON::PP->new->ascii->canonical->allow_nonref;
my $draft;
$| = 1;

my %write = (
    dumper   => sub { Data::Dumper::Dumper(shift) },
    json     => sub { $json->encode(shift) },
    sereal   => sub { Sereal::Encoder->new({ protocol_version => 5 })->encode(shift) },
    storable => sub { Storable::freeze(shift) },
);

my %read = (
    # As the original does it, which is why nobody else should.
    dumper   => sub { my $VAR1; eval shift; die $@ if $@; $VAR1 },
    json     => sub { $json->decode(shift) },
    sereal   => sub { Sereal::Decoder->new->decode(shift) },
    storable => sub { Storable::thaw(shift) },
);

my %commands = (
    open    => sub { key_of(shift) },
    send    => sub { send_to(shift, $talk->decode(shift)) },
    send_as => sub { my ($serializer, $text) = split / /, $_[1], 2; send_to($_[0], $talk->decode($text), $serializer) },
    numbers => sub { send_to(shift, { list => [-9223372036854775807 - 1, 9223372036854775807, 18446744073709551615, 0] }) },
    latin   => sub { send_to(shift, { bytes => join '', map { chr } 0x80 .. 0xff }, shift) },
    recv    => sub { receive_from(shift) },
    lock    => sub { take_lock(); 1 },
    unlock  => sub { unlink $lock or die "unlink $lock: $!"; 1 },
    begin   => sub { begin(shift) },
    finish  => sub { finish(shift) },
);

while (my $line = <STDIN>) {
    chomp $line;
    my ($command, @arguments) = split / /, $line, 3;
    print $talk->encode($commands{$command}->(@arguments)), "\n";
}

# The key that the registry has for a name.
sub lookup {
    my ($wanted) = @_;
    for my $file (glob "$registry/*") {
        open my $handle, '<', $file or next;
        my %fields = map { chomp; (split /=/)[0, 1] } <$handle>;
        die "$file is half written" unless $fields{qid} and $fields{qname};
        return $fields{qid} + 0 if $fields{qname} eq $wanted;
    }
    return;
}

sub take_lock {
    for my $try (1, 2) {
        return 1 if sysopen my $handle, $lock, O_RDWR | O_CREAT | O_EXCL;
        sleep 1;
    }
    unlink $lock;
    sysopen my $handle, $lock, O_RDWR | O_CREAT | O_EXCL;
}

sub key_of {
    my ($name) = @_;
    my $known = lookup($name);
    return $known if $known;
    take_lock();
    my $key = lookup($name);
    if (!$key) {
        begin_file($name);
        $key = finish_file($name);
    }
    unlink $lock or die "unlink $lock: $!";
    return $key;
}

# Makes the file, without a word in it.
sub begin_file {
    my ($name) = @_;
    open $draft, '>', "$registry/$name" or die "$registry/$name: $!";
}

sub finish_file {
    my ($name) = @_;
    my $key = ftok("$registry/$name", 1);
    print {$draft} "qid=$key\nqname=$name\n";
    close $draft or die $!;
    return $key;
}

# Adding a name in two steps, so that others see the moment between them.
sub begin { take_lock(); begin_file(shift); 1 }

sub finish {
    my $key = finish_file(shift);
    unlink $lock or die "unlink $lock: $!";
    return $key;
}

sub queue {
    my ($name) = @_;
    my $key = key_of($name);
    return IPC::Msg->new($key, IPC_CREAT | 0666) || die "msgget $key: $!";
}

sub send_to {
    my ($name, $message, $serializer) = @_;
    $message->{'.ipc_transit_meta'} = { send_ts => time, source_hostname => 'perl.example' };
    my $payload = $write{$serializer || 'json'}->($message);
    my $header = 'l=' . length $payload;
    $header .= ",s=$serializer" if $serializer;
    if (length $payload > 4096) {
        mkdir $spill;
        my @letters = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '_');
        my $path = "$spill/" . join('', map { $letters[rand @letters] } 1 .. 10) . '.transit';
        $header .= ",f=$path";
        sysopen my $file, $path, O_RDWR | O_CREAT | O_EXCL, 0600 or die "$path: $!";
        print {$file} length($header), ":$header$payload";
        close $file or die $!;
        chmod 0666, $path;
        $payload = '';
    }
    return queue($name)->snd(1, length($header) . ":$header$payload", IPC_NOWAIT) ? 1 : die "msgsnd: $!";
}

# Header, message, and what the decoded values look like as text.
sub receive_from {
    my ($name) = @_;
    queue($name)->rcv(my $text, 100_000_000, 0, 0) or die "msgrcv: $!";
    $text =~ /^(\d+)/ or die "no length";
    my $front = length($1) + 1 + $1;
    my %header = map { my ($key, $value) = split /=/; ($key => $value) } split /,/, substr $text, length($1) + 1, $1;
    my $spilled = $header{f};
    if ($spilled) {
        open my $file, '<:raw', $spilled or die "$spilled: $!";
        $text = do { local $/; <$file> };
        unlink $spilled or die "$spilled: $!";
    }
    my $payload = substr $text, $front;
    die "l=$header{l}, but the payload has " . length $payload if $header{l} != length $payload;
    my $message = $read{$header{s} || 'json'}->($payload);
    return { header => \%header, message => $message, spilled => $spilled ? 1 : 0 };
}
