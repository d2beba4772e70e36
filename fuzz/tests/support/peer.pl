# Perl's own readers and writers of Sereal, Storable and Data::Dumper, for the tests to compare with.
#
# It is asked on standard input, each time by a line "COMMAND FORMAT LENGTH" and as many bytes, and answers on standard
# output by frames: a line with a length, then as many bytes.
#   read FORMAT    the bytes are a document; the answer is the view of what Perl reads in it
#   write FORMAT   the bytes are a seed; the answers are a document that Perl writes of random data, and the view of what
#                  Perl reads in it again
# A view is the exact value in JSON, by the conventions of nuncio's typed view; of what Perl cannot read it is a string.
use strict;
use warnings;
use B ();
use Data::Dumper ();
use JSON::PP ();
use Scalar::Util qw(blessed isweak looks_like_number refaddr reftype weaken);
use Sereal::Decoder ();
use Sereal::Encoder ();
use Storable ();

binmode $_ for \*STDIN, \*STDOUT;
$| = 1;
$Storable::flags = Storable::BLESS_OK();
my $json = JSON::PP->new->ascii->canonical->allow_nonref;

# Reading and writing

sub decode {
    my ($format, $bytes) = @_;
    return Sereal::Decoder->new->decode($bytes) if $format eq 'sereal';
    if ($format eq 'storable') {
        return Storable::thaw($bytes) if $bytes !~ /^pst0/;
        open my $file, '<:raw', \$bytes or die "$!\n";
        return Storable::fd_retrieve($file);
    }
    our $VAR1;
    my $data = eval $bytes;
    die $@ if $@;
    return $data;
}

sub encode {
    my ($format, $data) = @_;
    return sereal($data) if $format eq 'sereal';
    return storable($data) if $format eq 'storable';
    return dumper($data);
}

sub sereal {
    my ($data) = @_;
    my $version = pick(1 .. 5);
    my $compress = pick(0, 0, 0, 1, $version > 2 ? 2 : 1, $version > 3 ? 3 : 0);
    my %options = (protocol_version => $version, compress => $compress, compress_threshold => 0);
    $options{$_} = pick(0, 1) for qw(dedupe_strings canonical no_shared_hashkeys snappy_incr);
    delete $options{snappy_incr} if $compress != 1;
    return Sereal::Encoder->new(\%options)->encode($data);
}

sub storable {
    my ($data) = @_;
    local $Storable::canonical = pick(0, 1);
    # It takes references only.
    $data = [$data] if !ref $data;
    my $form = pick(0 .. 3);
    return Storable::freeze($data) if $form == 0;
    return Storable::nfreeze($data) if $form == 1;
    open my $file, '>:raw', \my $bytes or die "$!\n";
    $form == 2 ? Storable::store_fd($data, $file) : Storable::nstore_fd($data, $file);
    close $file;
    return $bytes;
}

sub dumper {
    my ($data) = @_;
    my $dumper = Data::Dumper->new([$data]);
    $dumper->$_(pick(0, 1)) for qw(Terse Useqq Sortkeys Deepcopy Quotekeys);
    return $dumper->Indent(pick(0 .. 3))->Dump;
}

# Random data

# What Data::Dumper prints of what it has met before, Perl reads as nothing.
my (@shared, $is_tree);


sub any {
    my ($depth) = @_;
    @shared = ();
    # A container on the outside keeps alive what inside is weak.
    return [thing($depth), map { value($depth - 1) } 1 .. int rand 4];
}

sub pick { $_[rand @_] }

sub value {
    my ($depth) = @_;
    return thing($depth) if $depth > 0 && rand() < 0.4;
    return pick(\&string, \&string, \&number, \&number, sub { undef }, sub { !!1 }, sub { !!0 })->();
}

sub string {
    my $long = rand() < 0.05 ? 300 : 20;
    my @characters = pick([32 .. 126], [0 .. 255], [0x20 .. 0x7e, 0xe4, 0x263a, 0x1f600], [0x400 .. 0x4ff]);
    my $string = join '', map { chr pick(@{$characters[0]}) } 1 .. int rand $long;
    return $string;
}

sub number {
    return pick(
        sub { int rand 40 },
        sub { -int rand 40 },
        sub { int rand 2**32 },
        sub { -int rand 2**40 },
        sub { 9223372036854775807 - int rand 3 },
        sub { -9223372036854775807 - 1 + int rand 3 },
        sub { 18446744073709551615 - int rand 3 },
        sub { rand() },
        sub { pick(0.5, -0.25, 1e300, -1e-300, 1e15, 1e16, 3.0, -0.0) },
        sub { (rand() - 0.5) * 10**int(rand(40) - 20) },
    )->();
}

sub key {
    return pick(sub { string() }, sub { chr(97 + int rand 5) }, sub { int rand 100 })->();
}

sub array { my ($depth) = @_; return [map { value($depth - 1) } 1 .. int rand pick(4, 4, 20)] }

sub hash { my ($depth) = @_; return {map { (scalar key(), value($depth - 1)) } 1 .. int rand pick(4, 4, 20)} }

sub thing {
    my ($depth) = @_;
    my $thing = pick(
        (\&array) x 4, (\&hash) x 4,
        sub { bless pick(\&array, \&hash)->(@_), pick('My::Class', 'A', "Gr\xc3\xb6sse") },
        sub { my $scalar = referent(0); bless \$scalar, 'My::Scalar' },
        sub { my $scalar = referent($depth - 1); \$scalar },
        sub { my $inner = \referent(0); \$inner },
        sub { $is_tree ? boolean() : pick(JSON::PP::true, JSON::PP::false) },
        sub { pick(qr/ab+c/ix, qr/^a.b$/ms, qr/x/) },
        $is_tree ? () : (\&aliased, \&again, \&again),
    )->($depth);
    push @shared, $thing;
    return $thing;
}

# In source text, every reference to nothing is to the same nothing.
sub referent { my $value = value(@_); return $is_tree ? $value // '' : $value }

# One of its own.
sub boolean { my $scalar = pick(0, 1); return bless \$scalar, 'JSON::PP::Boolean' }

# An array in which one scalar stands twice.
sub aliased { my $scalar = value(0); return sub { \@_ }->($scalar, value(0), $scalar) }

# Something that is there already, at times by a weak reference, and at times around this very place.
sub again {
    my $thing = @shared ? pick(@shared) : [];
    return $thing if rand() < 0.7;
    my $holder = [$thing, $thing];
    weaken $holder->[1];
    return $holder;
}

# The view: first how often everything occurs, then the tree, with a number for what occurs again.

my (%element, %scalar, %thing, $ids, %id);

sub view {
    my ($root) = @_;
    (%element, %scalar, %thing, %id) = ();
    $ids = 0;
    count_element($root);
    return view_element($root);
}

sub is_boolean {
    my ($value) = @_;
    return (blessed $value // '') eq 'JSON::PP::Boolean';
}

sub is_regexp { return reftype($_[0]) eq 'REGEXP' }

sub count_element {
    my ($slot) = @_;
    count_node($slot) if !$element{refaddr $slot}++;
}

sub count_node {
    my ($slot) = @_;
    my $value = $$slot;
    return if !ref $value || is_boolean($value);
    my $type = reftype $value;
    my $count = $type eq 'ARRAY' || $type eq 'HASH' || $type eq 'REGEXP' ? \%thing : \%scalar;
    return if $count->{refaddr $value}++ || $type eq 'REGEXP';
    if ($type eq 'ARRAY') { count_element(\$_) for @$value }
    elsif ($type eq 'HASH') { count_element(\$value->{$_}) for sort keys %$value }
    else { count_node($value) }
}

sub meet {
    my ($count, $address) = @_;
    return () if $count->{$address} < 2;
    return (same => $id{$count}{$address}) if $id{$count}{$address};
    $id{$count}{$address} = ++$ids;
    return (id => $ids);
}

sub view_element {
    my ($slot) = @_;
    my ($met, $id) = meet(\%element, refaddr $slot);
    return view_node($slot) if !$met;
    return {same => $id} if $met eq 'same';
    my $view = view_node($slot) // {undef => JSON::PP::true};
    return {%$view, aliased => JSON::PP::true, id => $id};
}

sub view_node {
    my ($slot) = @_;
    my $value = $$slot;
    return view_scalar($slot) if !ref $value;
    my @weak = isweak($$slot) ? (weak => JSON::PP::true) : ();
    return {bool => $$value ? JSON::PP::true : JSON::PP::false, @weak} if is_boolean($value);
    my $type = reftype $value;
    my $count = $type eq 'ARRAY' || $type eq 'HASH' || $type eq 'REGEXP' ? \%thing : \%scalar;
    my ($met, $id) = meet($count, refaddr $value);
    return {same => $id, @weak} if ($met // '') eq 'same';
    my %view;
    if ($type eq 'ARRAY') { $view{array} = [map { view_element(\$_) } @$value] }
    elsif ($type eq 'HASH') { $view{hash} = [map { [view_string($_), view_element(\$value->{$_})] } sort keys %$value] }
    elsif ($type eq 'REGEXP') { @view{qw(regexp flags)} = re::regexp_pattern($value) }
    else { $view{scalarref} = view_node($value) }
    my $class = blessed $value;
    $view{blessed} = $class if defined $class && !($type eq 'REGEXP' && $class eq 'Regexp');
    $view{id} = $id if $met;
    return {%view, @weak};
}

sub view_scalar {
    my ($slot) = @_;
    return undef if !defined $$slot;
    return {bool => $$slot ? JSON::PP::true : JSON::PP::false} if is_bool($slot);
    my $flags = B::svref_2object($slot)->FLAGS;
    return view_string($$slot) if $flags & B::SVf_POK();
    return {int => "$$slot"} if $flags & B::SVf_IOK();
    return {float => float_text($$slot), bits => unpack 'H*', pack 'd>', $$slot};
}

# Perl knows its booleans from 5.36 on.
sub is_bool {
    no warnings 'experimental::builtin';
    return defined &builtin::is_bool && builtin::is_bool(${$_[0]});
}

# Not by looking at it as a number in other ways, which would change how Perl prints it.
sub float_text {
    my $text = sprintf '%.15g', $_[0];
    return $text eq '-0' ? '0' : $text;
}

sub view_string {
    my ($string) = @_;
    return {text => $string} if utf8::is_utf8($string);
    return {bytes => unpack 'H*', $string};
}

# The conversation

while (my $line = <STDIN>) {
    my ($command, $format, $length) = split ' ', $line;
    my $bytes = '';
    !$length or read(STDIN, $bytes, $length) == $length or die "the question is cut short\n";
    if ($command eq 'write') {
        srand $bytes;
        $is_tree = $format eq 'dumper';
        $bytes = encode($format, any(4));
        answer($bytes);
    }
    my $data;
    answer($json->encode(eval { $data = decode($format, $bytes); 1 } ? view(\$data) : "$@"));
}

sub answer {
    print length $_[0], "\n", $_[0];
}
