//! The list of cases, and the macro that makes tests of them.

/// Makes one test of each case, for one [`Fixture`](crate::Fixture). Call it in a module of its own: the tests are in
/// modules below, named after their group.
///
/// Beside the cases there is a test `child`, marked as ignored: it is what the cases that need another process start, and
/// does nothing when a person starts it.
#[macro_export]
macro_rules! suite {
    ($fixture:ty) => {
        type Conforming = $fixture;
        const CHILD: &str = ::core::concat!(::core::module_path!(), "::child");

        #[test]
        #[ignore = "the entry of the processes that other cases start"]
        fn child() {
            $crate::run_child::<Conforming>();
        }

        $crate::__cases! {
            acknowledge { comes_again_until_acknowledged }
            batch { partly_accepted_when_nearly_full, sixteen_at_a_time, nothing_to_send, too_large_in_the_middle }
            cancel { all_waits_at_once, blocked_recv_many_times, blocked_send_many_times }
            claims { are_those_of_the_driver }
            death { receiver_killed, sender_killed }
            durability { outlives_its_senders, outlives_every_process }
            endpoints { are_listed, foreign_target, presence, unknown_name }
            full {
                all_who_fit_get_room, blocked_senders_all_get_through, deadline_passes, draining_unblocks,
                now_changes_nothing
            }
            hostile { input_does_no_harm }
            life {
                detach_twice, drop_ends_blocked_senders, drop_frees_the_name, leave_loses_nothing, name_is_taken_once,
                send_only_takes_no_name, suspend_loses_nothing, target_finds_its_endpoint_again
            }
            order { across_senders, many_senders, one_outbox_many_threads, one_sender, shared_readers }
            payload { bytes, empty, envelope, largest, one_byte_over, sizes_around_the_detour, typed, values }
            room { ready_when_there_is, senders_that_watch_it }
            wait { inside_a_runtime, nothing_arrives, readiness, readiness_by_edge, something_arrives }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    ($($group:ident { $($case:ident),* })*) => {$(
        mod $group {
            $(
                #[test]
                fn $case() {
                    let name = ::core::concat!(::core::stringify!($group), "::", ::core::stringify!($case));
                    $crate::run::<super::Conforming>(name, super::CHILD, $crate::cases::$group::$case);
                }
            )*
        }
    )*};
}
