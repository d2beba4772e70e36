//! Whole meshes under loss, delay, partitions and restarts. What fails names its seed; `NUNCIO_MESH_SEED` runs that alone.

mod support;

use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_mesh::proto::Generation;

use self::support::simulation::{Setting, Simulation, id};

const SEED: &str = "NUNCIO_MESH_SEED";

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
    }
}

/// Runs the mesh of a seed, and says what went on in it.
fn run(seed: u64) -> (u64, u64) {
    let setting = setting(seed, generations(seed));
    let is_full_mesh = setting.generations.contains(&Generation::One);
    let (nodes, all): (_, Vec<usize>) = (setting.nodes, (0..setting.nodes).collect());
    let mut simulation = Simulation::new(setting);
    simulation.run();
    // In the calm everybody finds everybody again.
    if is_full_mesh {
        for index in 0..nodes {
            assert_eq!(simulation.up(index).len(), nodes - 1, "seed {seed}: node {index} is not fully connected");
        }
    }
    let mut reached = simulation.reach(&all, &all);
    let pairs = (nodes * (nodes - 1)) as u64;
    if reached < pairs {
        // The first message to a node that was lost before may be what tells of that.
        reached = simulation.reach(&all, &all);
    }
    assert_eq!(reached, pairs, "seed {seed}: not every node reaches every other");
    (simulation.arrived, simulation.losses)
}

#[test]
fn nothing_arrives_after_a_loss_before_the_monitor_has_fired() {
    if let Some(seed) = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()) {
        run(seed);
        return;
    }
    let seeds = scale::choose(300, 100_000);
    let (mut arrived, mut losses) = (0, 0);
    for seed in 0..seeds {
        let (more, lost) = run(seed);
        arrived += more;
        losses += lost;
    }
    assert!(losses > seeds / 2, "{losses} losses are too few to show anything");
    scale::report(&format!(
        "mesh: {seeds} simulated meshes, {arrived} messages arrived, {losses} monitors told of losses"
    ));
}

#[test]
fn two_nodes_that_dial_each_other_at_once_get_one_connection_and_keep_it() {
    for seed in 0..scale::choose(100, 10_000) {
        let mut setting = setting(seed, generations(seed));
        (setting.nodes, setting.seeds, setting.faults, setting.messages) = (2, 2, 0, 10);
        let mut simulation = Simulation::new(setting);
        simulation.run();
        assert_eq!(simulation.downs, 0, "seed {seed}: a connection was lost that nobody cut");
        assert_eq!((simulation.up(0), simulation.up(1)), (vec![id(1)], vec![id(0)]), "seed {seed}");
        assert_eq!(simulation.open_connections(), 1, "seed {seed}");
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
    simulation.run();
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
        assert_eq!(simulation.reach(&some, &others), 100, "seed {seed}");
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
