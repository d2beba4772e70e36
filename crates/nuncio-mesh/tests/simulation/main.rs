//! Whole meshes under loss, delay, silence, partitions and restarts. What fails names its seed; `NUNCIO_MESH_SEED` runs that alone,
//! and writes what happens to standard error.

#[path = "../support/ledger.rs"]
mod ledger;
mod mesh;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_mesh::proto::Generation;

use self::ledger::{Ledger, Letter};
use self::mesh::{Sabotage, Setting, Simulation, id};

const SEED: &str = "NUNCIO_MESH_SEED";

/// The one seed that is asked for.
fn asked_for() -> Option<u64> {
    std::env::var(SEED).ok()?.parse().ok()
}

/// So many seeds, or the one that is asked for.
fn seeds(count: u64) -> std::ops::Range<u64> {
    asked_for().map_or(0..count, |seed| seed..seed + 1)
}

/// The generations of the mesh of a seed: each alone, and both together.
fn generations(seed: u64) -> Vec<Generation> {
    [vec![Generation::One], vec![Generation::Two], vec![Generation::One, Generation::Two]][(seed % 3) as usize].clone()
}

fn setting(seed: u64, generations: Vec<Generation>) -> Setting {
    let nodes = 3 + (seed % 6) as usize;
    Setting {
        seed,
        nodes,
        seeds: 1 + (seed / 6 % 2) as usize,
        generations,
        faults: 2 + (seed / 12 % 10) as usize,
        turmoil: Duration::from_secs(20),
        calm: Duration::from_secs(90),
        messages: 40,
        has_fresh_ports: seed / 120 % 2 == 1,
        sabotage: None,
        is_traced: asked_for().is_some(),
    }
}

/// What went on in a mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Events {
    arrived: u64,
    losses: u64,
}

/// Runs the mesh of a seed, and says what went on in it, or what was wrong.
fn run(setting: Setting) -> Result<Events, String> {
    let is_full_mesh = setting.generations.contains(&Generation::One);
    let (nodes, all): (_, Vec<usize>) = (setting.nodes, (0..setting.nodes).collect());
    // The nodes that know all groups.
    let informed = if is_full_mesh { 0..nodes } else { 0..setting.seeds };
    let mut simulation = Simulation::new(setting);
    simulation.run()?;
    // In the calm everybody finds everybody again.
    if let Some(index) = all.iter().find(|index| is_full_mesh && simulation.up(**index).len() != nodes - 1) {
        return Err(format!("node {index} is not fully connected"));
    }
    let pairs = (nodes * (nodes - 1)) as u64;
    // The first message to a node that was lost before may be what tells of that.
    let reached = match simulation.reach(&all, &all)? {
        reached if reached < pairs => simulation.reach(&all, &all)?,
        reached => reached,
    };
    if reached < pairs {
        return Err(format!("{reached} of {pairs} pairs of nodes reach each other"));
    }
    for index in informed {
        if let Some(known) = simulation.wrong_group(index) {
            return Err(format!("node {index} takes for the members of the group {known:?}"));
        }
    }
    Ok(Events { arrived: simulation.arrived, losses: simulation.losses })
}

/// Runs the meshes of many seeds, on all processors; each one's fate, by seed.
fn run_all(seeds: Range<u64>, adjust: impl Fn(&mut Setting) + Sync) -> Vec<(u64, Result<Events, String>)> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut done = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return done;
            }
            let mut setting = setting(seed, generations(seed));
            adjust(&mut setting);
            done.push((seed, run(setting)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    all.sort_by_key(|(seed, _)| *seed);
    all
}

#[test]
fn nothing_arrives_after_a_loss_before_the_monitor_has_fired() {
    let seeds = scale::choose(300, 100_000);
    let mut sum = Events::default();
    let mut failures = Vec::new();
    for (seed, fate) in run_all(self::seeds(seeds), |_| {}) {
        match fate {
            Ok(events) => {
                sum.arrived += events.arrived;
                sum.losses += events.losses;
            }
            Err(wrong) => failures.push(format!("{SEED}={seed} shows it again: {wrong}")),
        }
    }
    assert!(failures.is_empty(), "{} of {seeds} seeds failed\n{}", failures.len(), failures.join("\n"));
    assert!(sum.losses > seeds / 2 || asked_for().is_some(), "{sum:?} are too few to show anything");
    let Events { arrived, losses } = sum;
    scale::report(&format!(
        "mesh: {seeds} simulated meshes, {arrived} messages arrived, {losses} monitors told of losses"
    ));
}

#[test]
fn seeds_that_failed_once_hold() {
    // A handshake that is swallowed between two nodes that have nothing else to say to each other.
    for seed in [37_283] {
        if let Err(wrong) = run(setting(seed, generations(seed))) {
            panic!("{SEED}={seed} shows it again: {wrong}");
        }
    }
}

#[test]
fn a_seed_makes_the_same_history_each_time() {
    for seed in [0, 7, 125, 250] {
        let [first, second] = [(); 2].map(|()| run(setting(seed, generations(seed))));
        assert_eq!(first, second, "seed {seed}");
    }
}

#[test]
fn mistakes_are_noticed() {
    let seeds = scale::choose(60, 1000);
    for sabotage in [
        Sabotage::ForgetIncarnation,
        Sabotage::LoseMessage,
        Sabotage::OvertakeKept,
        Sabotage::OvertakeLarge,
        Sabotage::RepeatMessage,
        Sabotage::SkipMonitor,
        Sabotage::TrustSilence,
    ] {
        let fates = run_all(0..seeds, |setting| {
            (setting.sabotage, setting.has_fresh_ports) = (Some(sabotage), true);
            setting.faults += 5;
            setting.messages *= 2;
        });
        let noticed = fates.iter().filter(|(_, fate)| fate.is_err()).count() as u64;
        assert!(noticed > seeds / 2, "{sabotage:?}: {noticed} of {seeds}");
    }
}

#[test]
fn a_ledger_takes_what_the_guarantee_allows_and_nothing_else() {
    let letter = |epoch, number| Letter { from: (1, 0), epoch, number, receiver: 0 };
    let take = |letters: &[(u64, u64)]| {
        let mut ledger = Ledger::default();
        letters.iter().try_for_each(|(epoch, number)| ledger.take(&letter(*epoch, *number))).map(|()| ledger)
    };
    for allowed in [&[(0, 0), (0, 1), (1, 0)][..], &[(0, 0), (3, 0), (3, 1)], &[(2, 0)]] {
        assert!(take(allowed).is_ok(), "{allowed:?}");
    }
    for (wrong, reason) in [
        (&[(0, 0), (0, 2)][..], "a hole"),
        (&[(0, 1)], "a hole"),
        (&[(1, 0), (2, 1)], "a hole"),
        (&[(0, 0), (0, 0)], "twice"),
        (&[(0, 0), (1, 0), (0, 1)], "before a loss"),
    ] {
        let refused = take(wrong).expect_err("it breaks the guarantee");
        assert!(refused.contains(reason), "{wrong:?}: {refused}");
    }
    let ledger = take(&[(0, 0), (0, 1)]).expect("it is in order");
    assert!(ledger.settle((1, 0), 0, 2).is_ok());
    assert!(ledger.settle((1, 0), 0, 3).is_err() && ledger.settle((1, 0), 1, 1).is_err());
}

#[test]
fn two_nodes_that_dial_each_other_at_once_get_one_connection_and_keep_it() {
    for seed in seeds(scale::choose(100, 10_000)) {
        let mut setting = setting(seed, generations(seed));
        (setting.nodes, setting.seeds, setting.faults, setting.messages) = (2, 2, 0, 10);
        let mut simulation = Simulation::new(setting);
        simulation.run().unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert_eq!(simulation.downs, 0, "seed {seed}: a connection was lost that nobody cut");
        assert_eq!((simulation.up(0), simulation.up(1)), (vec![id(1)], vec![id(0)]), "seed {seed}");
        assert_eq!(simulation.open_connections(), 1, "seed {seed}");
    }
}

#[test]
fn a_new_process_is_believed_while_the_connection_of_its_forerunner_seems_to_be_alive() {
    for seed in 0..scale::choose(30, 1000) {
        let setting = Setting { nodes: 2, seeds: 1, faults: 0, messages: 0, ..setting(seed, generations(seed)) };
        let mut simulation = Simulation::new(setting);
        simulation.run().unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert_eq!(simulation.up(0), [id(1)], "seed {seed}");
        simulation.replace(1, Duration::from_secs(2)).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert_eq!(simulation.reach(&[0, 1], &[0, 1]), Ok(2), "seed {seed}: the new process is not believed");
    }
}

/// A large mesh without faults: everybody is found, within the time that a calm has.
fn large(seed: u64, generation: Generation, nodes: usize, seeds: usize) -> Simulation {
    let setting = Setting {
        nodes,
        seeds,
        faults: 0,
        messages: 0,
        turmoil: Duration::ZERO,
        calm: Duration::from_secs(60),
        ..setting(seed, vec![generation])
    };
    let mut simulation = Simulation::new(setting);
    simulation.run().unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    simulation
}

#[test]
fn a_large_mesh_of_the_newer_generation_comes_together() {
    let (nodes, rounds) = (scale::choose(100, 1000), scale::choose(1, 10));
    for seed in 0..rounds {
        let mut simulation = large(seed, Generation::Two, nodes, 5);
        for index in 0..5 {
            assert_eq!(simulation.family(index, "'l").len(), nodes, "seed {seed}: node {index} does not know all");
            let globals = (0..5).filter(|other| simulation.up(index).contains(&id(*other))).count();
            assert_eq!(globals, 4, "seed {seed}: global node {index} is not connected to the others");
        }
        let (some, others): (Vec<usize>, Vec<usize>) = ((10..20).collect(), (nodes - 10..nodes).collect());
        assert_eq!(simulation.reach(&some, &others), Ok(100), "seed {seed}");
        assert_eq!(simulation.downs, 0, "seed {seed}");
    }
    scale::report(&format!("mesh: {rounds} meshes of {nodes} nodes of generation 2.x with five seeds came together"));
}

#[test]
fn a_large_mesh_of_the_older_generation_is_fully_connected() {
    let (nodes, rounds) = (scale::choose(30, 150), scale::choose(1, 10));
    for seed in 0..rounds {
        let simulation = large(seed, Generation::One, nodes, 3);
        for index in 0..nodes {
            assert_eq!(simulation.up(index).len(), nodes - 1, "seed {seed}: node {index}");
        }
        assert_eq!(simulation.open_connections(), nodes * (nodes - 1) / 2, "seed {seed}");
        assert_eq!(simulation.downs, 0, "seed {seed}");
    }
    scale::report(&format!("mesh: {rounds} meshes of {nodes} nodes of generation 1.x were fully connected"));
}
