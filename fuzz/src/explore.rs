//! The search on the stable toolchain: changes inputs, and keeps those that make a decoder do something new.
//!
//! Without instrumentation only what can be seen from outside tells what is new: the reason of a refusal and where it
//! came, or the shape of a value. See [`Sight`](crate::Sight).

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::Target;
use crate::mutate::mutate;
use crate::random::Random;
use crate::seeds::{pieces, seeds, vectors};

/// Most inputs that are kept.
const KEPT_MAX: usize = 20_000;
/// What a thread gets that says nothing, in bytes.
const STACK_BYTES: usize = 2 << 20;

/// How long to search.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Effort {
    /// So many inputs.
    Inputs(u64),
    /// So long.
    Time(Duration),
}

/// What a search came to that found nothing.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// How many inputs were tried.
    pub tried: u64,
    /// How many of them were unlike all before.
    pub kept: usize,
    /// The longest that one took, with its size in bytes.
    pub slowest: (Duration, usize),
}

/// An input that broke a promise.
#[derive(Debug)]
pub struct Failure {
    /// The file that has it.
    pub path: PathBuf,
    /// Where the search began.
    pub seed: u64,
    /// The input.
    pub input: Vec<u8>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, seed, input } = self;
        write!(f, "a search from seed {seed} found {} bytes, kept in {}: ", input.len(), path.display())?;
        input.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Searches for an input that breaks `target`. The same `seed` makes the same inputs, in the same order.
///
/// What is found is in a file in `directory`, also where it ends the process.
///
/// # Errors
/// What was found.
///
/// # Panics
/// When `directory` cannot be written to.
pub fn explore(target: Target, seed: u64, effort: Effort, directory: &Path) -> Result<Outcome, Failure> {
    fs::create_dir_all(directory).expect("a directory for what is found");
    let path = directory.join(format!("{}-{seed}", target.name));
    let search = Search::new(target, seed, path);
    // With the stack that a program's own threads have.
    let thread = thread::Builder::new().name(target.name.to_owned()).stack_size(STACK_BYTES);
    let running = thread.spawn(move || search.run(effort)).expect("a thread can be started");
    running.join().expect("what panics is caught")
}

struct Search {
    target: Target,
    seed: u64,
    random: Random,
    path: PathBuf,
    /// The file at `path`, which always has the input under way: one that ends the process is known as well.
    file: File,
    kept: Vec<Vec<u8>>,
    seen: HashSet<crate::Sight>,
    outcome: Outcome,
}

impl Search {
    fn new(target: Target, seed: u64, path: PathBuf) -> Self {
        let outcome = Outcome { tried: 0, kept: 0, slowest: (Duration::ZERO, 0) };
        let file = File::create(&path).expect("a file for what is found");
        Self { target, seed, random: Random::new(seed), path, file, kept: Vec::new(), seen: HashSet::new(), outcome }
    }

    fn run(mut self, effort: Effort) -> Result<Outcome, Failure> {
        let began = Instant::now();
        for seed in seeds(self.target).into_iter().chain(vectors(self.target)) {
            self.attempt(seed)?;
        }
        let goes_on = |outcome: &Outcome| match effort {
            Effort::Inputs(count) => outcome.tried < count,
            Effort::Time(time) => began.elapsed() < time,
        };
        while goes_on(&self.outcome) {
            let input = self.input();
            self.attempt(input)?;
        }
        // The last one did no harm.
        let _ = fs::remove_file(&self.path);
        Ok(Outcome { kept: self.kept.len(), ..self.outcome })
    }

    fn input(&mut self) -> Vec<u8> {
        // What was found late is less known.
        let recent = self.kept.len().min(200);
        let from = if self.random.below(2) == 0 { self.kept.len() - recent } else { 0 };
        let input = from + self.random.below(self.kept.len() - from);
        let other = self.random.below(self.kept.len());
        mutate(&self.kept[input], &self.kept[other], pieces(self.target), &mut self.random)
    }

    fn attempt(&mut self, input: Vec<u8>) -> Result<(), Failure> {
        self.write_down(&input).expect("what is tried can be written down");
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.check)(&input)));
        self.outcome.tried += 1;
        self.outcome.slowest = self.outcome.slowest.max((began.elapsed(), input.len()));
        let Ok(sight) = outcome else { return Err(Failure { path: self.path.clone(), seed: self.seed, input }) };
        if self.seen.insert(sight) || self.kept.is_empty() {
            self.keep(input);
        }
        Ok(())
    }

    /// Not by making the file anew, for which a file system may go to the disk.
    fn write_down(&self, input: &[u8]) -> io::Result<()> {
        self.file.write_all_at(input, 0)?;
        self.file.set_len(input.len() as u64)
    }

    fn keep(&mut self, input: Vec<u8>) {
        if self.kept.len() < KEPT_MAX {
            self.kept.push(input);
        } else {
            let index = self.random.below(self.kept.len());
            self.kept[index] = input;
        }
    }
}
