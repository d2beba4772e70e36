# A peer that speaks IPC::Manager's formats with core modules and Cpanel::JSON::XS: written from their description, not from
# nuncio. Arguments: protocol, route, its id.
#
# One command a line on standard input, a JSON array; one answer a line on standard output.
use strict;
use warnings;
use Cpanel::JSON::XS;
use Fcntl qw(:flock O_CREAT O_EXCL O_WRONLY O_RDWR O_NONBLOCK O_RDONLY);
use IO::Socket::UNIX;
use POSIX qw(mkfifo);
use Socket qw(SOCK_DGRAM SOCK_STREAM SOMAXCONN);
use Time::HiRes qw(time sleep);

# Ends this process, whatever it waits for and whatever became of its parent.
alarm 120;
$SIG{PIPE} = 'IGNORE';
$| = 1;

my ($protocol, $route, $id) = @ARGV;
my $json = Cpanel::JSON::XS->new->ascii->allow_nonref;
my $commands = Cpanel::JSON::XS->new->utf8->allow_nonref;
my $path = "$route/$id";
my ($number, %inbox, %streams) = (0);

sub slurp { my ($file) = @_; open my $in, '<:raw', $file or return; local $/; scalar <$in> }

sub replace {
    my ($file, $text) = @_;
    open my $out, '>:raw', "$file.pend" or die "$file.pend: $!";
    print $out $text;
    close $out or die $!;
    rename "$file.pend", $file or die $!;
}

sub message {
    my ($to, $content) = @_;
    my $uuid = sprintf '%08X-%04X-7%03X-8000-%012X', time, $$ & 0xffff, 7, ++$number;
    { id => $uuid, from => $id, to => $to, stamp => time, stamp_ord => 0, content => $content };
}

# Changes the whole bus in one file, under its lock.
sub change {
    my ($act) = @_;
    open my $file, '+<:raw', $route or die "$route: $!";
    flock $file, LOCK_EX or die $!;
    my $state = do { local $/; $json->decode(scalar <$file>) };
    my $result = $act->($state);
    seek $file, 0, 0;
    truncate $file, 0;
    print $file $json->encode($state);
    close $file or die $!;
    $result;
}

sub frame { pack('N', length $_[0]) . $_[0] }

sub frames {
    my ($buffer) = @_;
    my @found;
    while (length $$buffer >= 4 and length $$buffer >= 4 + unpack 'N', $$buffer) {
        push @found, substr $$buffer, 4, unpack 'N', $$buffer;
        substr $$buffer, 0, 4 + length $found[-1], '';
    }
    @found;
}

sub read_some {
    my ($handle, $buffer) = @_;
    while (sysread $handle, my $piece, 65536) { $$buffer .= $piece }
}

# Everybody who has connected: the first frame says who he is.
sub streams {
    while (my $new = $inbox{socket}->accept) {
        $new->blocking(0);
        push @{ $inbox{new} }, { handle => $new, buffer => '' };
    }
    my @nameless;
    for my $stream (@{ delete $inbox{new} // [] }) {
        read_some($stream->{handle}, \$stream->{buffer});
        if (length $stream->{buffer} < 4 or length $stream->{buffer} < 4 + unpack 'N', $stream->{buffer}) {
            push @nameless, $stream;
            next;
        }
        my $length = unpack 'N', $stream->{buffer};
        my $hello = $json->decode(substr $stream->{buffer}, 4, $length);
        substr $stream->{buffer}, 0, 4 + $length, '';
        $streams{ $hello->{hello} } = $stream;
    }
    $inbox{new} = \@nameless;
}

my %join = (
    MessageFiles   => sub { mkdir $path or die "$path: $!" },
    AtomicPipe     => sub {
        mkfifo $path, 0700 or die "$path: $!";
        sysopen $inbox{fifo}, $path, O_RDWR | O_NONBLOCK or die $!;
    },
    UnixSocket     => sub {
        $inbox{socket} = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path, Blocking => 0) or die $!;
    },
    ConnectionUnix => sub {
        $inbox{socket} = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => SOMAXCONN, Blocking => 0)
            or die $!;
    },
    JSONFile       => sub { change(sub { $_[0]{clients}{$id} = { pid => $$ }; $_[0]{messages}{$id} = [] }) },
);

my %send = (
    MessageFiles => sub {
        my ($to, $message, $text) = @_;
        my $file = "$route/$to/$message->{id}";
        open my $out, '>:raw', "$file.pend" or die "$file.pend: $!";
        print $out $text;
        close $out or die $!;
        rename "$file.pend", "$file.ready" or die $!;
    },
    AtomicPipe => sub {
        my ($to, undef, $text) = @_;
        sysopen my $out, "$route/$to", O_WRONLY or die "$to: $!";
        my @parts = unpack '(a4080)*', $text;
        while (@parts) {
            my $part = shift @parts;
            my $burst = pack('l l L L', $$, 0, scalar @parts, length $part) . $part;
            syswrite($out, $burst) == length $burst or die $!;
        }
    },
    UnixSocket => sub {
        my ($to, undef, $text) = @_;
        my $out = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => "$route/$to") or die "$to: $!";
        defined $out->send($text) or die $!;
    },
    ConnectionUnix => sub {
        my ($to, undef, $text) = @_;
        streams();
        my $stream = $streams{$to} //= do {
            my $new = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "$route/$to") or die "$to: $!";
            syswrite $new, frame($json->encode({ hello => $id }));
            { handle => $new, buffer => '' };
        };
        my $bytes = frame($text);
        $stream->{handle}->blocking(1);
        while (length $bytes) { my $n = syswrite $stream->{handle}, $bytes or die $!; substr $bytes, 0, $n, '' }
        $stream->{handle}->blocking(0);
    },
    JSONFile => sub {
        my ($to, $message) = @_;
        change(sub { die "nobody is $to" unless $_[0]{clients}{$to}; push @{ $_[0]{messages}{$to} }, $message });
    },
);

# The texts of all messages that are there now.
my %receive = (
    MessageFiles => sub {
        opendir my $directory, $path or die $!;
        map { my $text = slurp("$path/$_"); unlink "$path/$_"; $text } sort grep /\.ready$/, readdir $directory;
    },
    AtomicPipe => sub {
        read_some($inbox{fifo}, \($inbox{buffer} //= ''));
        my @whole;
        while (length $inbox{buffer} >= 16) {
            my ($pid, $thread, $left, $bytes) = unpack 'l l L L', $inbox{buffer};
            last if length $inbox{buffer} < 16 + $bytes;
            die "a burst of $bytes bytes" if $bytes > 4080 or $left && $bytes != 4080;
            $inbox{parts}{"$pid $thread"} .= substr $inbox{buffer}, 16, $bytes;
            substr $inbox{buffer}, 0, 16 + $bytes, '';
            push @whole, delete $inbox{parts}{"$pid $thread"} if $left == 0;
        }
        @whole;
    },
    UnixSocket => sub {
        my @texts;
        while (defined $inbox{socket}->recv(my $text, 65536)) { push @texts, $text }
        @texts;
    },
    ConnectionUnix => sub {
        streams();
        map { read_some($_->{handle}, \$_->{buffer}); frames(\$_->{buffer}) } values %streams;
    },
    JSONFile => sub {
        map { $json->encode($_) } @{ change(sub { my $all = $_[0]{messages}{$id}; $_[0]{messages}{$id} = []; $all }) };
    },
);

my %commands = (
    send    => sub {
        my ($to, $content) = @_;
        my $message = message($to, $content);
        $send{$protocol}->($to, $message, $json->encode($message));
        $message->{id};
    },
    receive => sub {
        my ($count) = @_;
        my @messages;
        while (@messages < $count) {
            push @messages, map { die "not ASCII: $_" if /[^\x00-\x7f]/; $json->decode($_) } $receive{$protocol}->();
            sleep 0.005 if @messages < $count;
        }
        \@messages;
    },
    leave   => sub {
        if ($protocol eq 'JSONFile') {
            change(sub { delete $_[0]{clients}{$id}; $_[0]{stats}{$id} = { read => {}, sent => {} } });
        } else {
            $protocol eq 'MessageFiles' ? rmdir $path : unlink $path;
            replace("$path.stats", $json->encode({ read => {}, sent => {} }));
        }
        \1;
    },
);

replace("$path.pid", $$) unless $protocol eq 'JSONFile';
$join{$protocol}->();
print $json->encode('ready'), "\n";
while (my $line = <STDIN>) {
    my ($command, @arguments) = @{ $commands->decode($line) };
    print $json->encode($commands{$command}->(@arguments)), "\n";
}
