# Measures one operation of one of Perl's modules: CODEC OPERATION COUNT. A document comes on standard input, behind a
# line with its length; then a line as the signal to begin. The answer is how many documents it did per second.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($codec, $operation, $count) = @ARGV;
binmode STDIN;
my $length = <STDIN>;
read(STDIN, my $document, $length) == $length or die "the document is cut short\n";

my %codec = (
    sereal => sub {
        require Sereal::Encoder;
        require Sereal::Decoder;
        my ($encoder, $decoder) = (Sereal::Encoder->new, Sereal::Decoder->new);
        return (sub { $encoder->encode($_[0]) }, sub { $decoder->decode($_[0]) });
    },
    storable => sub {
        require Storable;
        return (sub { Storable::freeze($_[0]) }, sub { Storable::thaw($_[0]) });
    },
    dumper => sub {
        require Data::Dumper;
        our $VAR1;
        return (sub { Data::Dumper::Dumper($_[0]) }, sub { eval $_[0] or die $@ });
    },
);
my ($encode, $decode) = $codec{$codec}->();
my ($work, $input) = $operation eq 'encode' ? ($encode, $decode->($document)) : ($decode, $document);

defined <STDIN> or exit;
$work->($input) for 0 .. $count / 10;
my $began = clock_gettime(CLOCK_MONOTONIC);
$work->($input) for 1 .. $count;
printf "%.17g\n", $count / (clock_gettime(CLOCK_MONOTONIC) - $began);
