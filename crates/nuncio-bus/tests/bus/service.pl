# A peer of a bus in a directory, as IPC::Manager's MessageFiles writes and reads it, with core modules alone.
#
#   perl service.pl JSON                  a service that is started with the reference's argument
#   perl service.pl owner BUS PROGRAM..   makes the bus, starts PROGRAM as a service, asks it, and ends it
use strict;
use warnings;
use JSON::PP ();
use Time::HiRes qw(sleep time);

my $json  = JSON::PP->new->ascii->canonical->allow_nonref;
my $count = 0;

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', "$path.pend" or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    rename "$path.pend", $path or die "$path: $!";
}

sub join_bus {
    my ($bus, $id) = @_;
    mkdir "$bus/$id", 0700 or die "$bus/$id: $!";
    write_file("$bus/$id.pid", $$);
}

sub leave_bus {
    my ($bus, $id) = @_;
    rename "$bus/$id", "$bus/_$id" or die "$bus/$id: $!";
    unlink glob "$bus/_$id/*";
    rmdir "$bus/_$id";
}

my (%read, %sent);

sub send_message {
    my ($bus, $from, $to, $content) = @_;
    my $id = sprintf '%08X-0000-7000-8000-%012X', $$, ++$count;
    my %message = (id => $id, from => $from, to => $to, stamp => time, stamp_ord => 0, content => $content);
    open my $file, '>', "$bus/$to/$id.pend" or die "$bus/$to: $!";
    print $file $json->encode(\%message);
    close $file or die $!;
    rename "$bus/$to/$id.pend", "$bus/$to/$id.ready" or die $!;
    $sent{$to}++;
}

sub receive {
    my ($bus, $id) = @_;
    while (1) {
        my @found;
        for my $path (glob "$bus/$id/*.ready") {
            open my $file, '<', $path or die "$path: $!";
            local $/;
            push @found, $json->decode(<$file>);
            unlink $path;
        }
        if (@found) {
            $read{ $_->{from} }++ for @found;
            return sort { $a->{stamp} <=> $b->{stamp} || $a->{stamp_ord} <=> $b->{stamp_ord} } @found;
        }
        sleep 0.01;
    }
}

sub write_account {
    my ($bus, $id) = @_;
    write_file("$bus/$id.stats", $json->encode({read => \%read, sent => \%sent}));
}

sub serve {
    my ($argument) = @_;
    my $service = $json->decode($argument);
    my ($class, $serializer, $bus) = @{ $json->decode($service->{ipcm_info}) };
    my $id = $service->{name};
    join_bus($bus, $id);
    while (1) {
        for my $message (receive($bus, $id)) {
            my $content = $message->{content};
            next unless ref $content eq 'HASH';
            if ($content->{terminate}) {
                write_account($bus, $id);
                leave_bus($bus, $id);
                exit 0;
            }
            my $request = $content->{ipcm_request_id} or next;
            my %answer = (ipcm_response_id => $request);
            if ($content->{request} eq 'fail') {
                @answer{qw(response ipcm_error)} = (undef, 'it broke');
            }
            else {
                $answer{response} = {echo => $content->{request}, greeting => $service->{greeting}, pid => $$};
            }
            send_message($bus, $id, $message->{from}, \%answer);
        }
    }
}

sub own {
    my ($bus, @program) = @_;
    mkdir $bus, 0700 or die "$bus: $!";
    join_bus($bus, 'perl');
    my $info = $json->encode(['IPC::Manager::Client::MessageFiles', 'IPC::Manager::Serializer::JSON', $bus]);
    my $argument = $json->encode({
        name => 'svc', ipcm_info => $info, class => 'Echo', watch_pids => [$$], exec => {stay_in_begin => 0},
    });
    my $pid = fork // die $!;
    exec @program, $argument or die $! unless $pid;
    sleep 0.01 until -e "$bus/svc.pid" && -d "$bus/svc";
    send_message($bus, 'perl', 'svc', {ipcm_request_id => 'ABC-1', request => "gr\x{fc}n"});
    my ($answer) = receive($bus, 'perl');
    die $json->encode($answer) unless $answer->{from} eq 'svc'
        && $answer->{content}{ipcm_response_id} eq 'ABC-1'
        && $answer->{content}{response} eq "echo: gr\x{fc}n"
        && !defined $answer->{content}{ipcm_error};
    send_message($bus, 'perl', 'svc', {terminate => 1});
    waitpid $pid, 0;
    die "it ended with $?" if $?;
    die 'it is still there' if -e "$bus/svc";
    my $account = do { local (@ARGV, $/) = "$bus/svc.stats"; $json->decode(<>) };
    die $json->encode($account) unless $account->{read}{perl} == 2 && $account->{sent}{perl} == 1;
    exit 0;
}

@ARGV > 1 ? own(@ARGV[1 .. $#ARGV]) : serve($ARGV[0]);
