//! The rounds: in each of them every case, bare, by nuncio and by its peer, one right after the other.

use std::thread;
use std::time::Duration;

use nuncio_sys::process::allowed_cpus;
use nuncio_sys::usage::{ContextSwitches, context_switches};
use serde::{Serialize, Serializer};

use crate::Result;
use crate::case::{self, Aim, Case, Kind, Placement, Program};
use crate::child::{Assignment, Child, Part, Side};
use crate::room::{Room, THERE};
use crate::statistics::Spread;

/// A waiting process has gone to sleep so long after it was told to begin.
const SETTLING: Duration = Duration::from_millis(300);

/// What to measure, and how often.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Cases whose names contain one of these; all for none.
    pub(crate) filters: &'a [String],
    pub(crate) rounds: u32,
    pub(crate) messages: usize,
    /// How long a waiting process is watched.
    pub(crate) idle: Duration,
}

/// What one figure of one case in one placement came to.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) case: &'static str,
    /// Which figure, where a case has several.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) figure: &'static str,
    pub(crate) kind: Kind,
    pub(crate) placement: Placement,
    pub(crate) floor: Option<Spread>,
    pub(crate) nuncio: Spread,
    /// nuncio's figure by the floor's or the peer's of the same round.
    pub(crate) ratio: Option<Spread>,
    #[serde(serialize_with = "aim_as_number")]
    pub(crate) aim: Aim,
}

impl Row {
    /// Whether there is an aim and it was missed.
    pub(crate) fn missed(&self) -> bool {
        match self.aim {
            Aim::AtLeast(least) => self.ratio.is_none_or(|ratio| ratio.median < least),
            Aim::AtMost(most) => self.ratio.unwrap_or(self.nuncio).median > most,
            Aim::PerSecond(least) => self.nuncio.median < least,
            Aim::Reported => false,
            Aim::Zero => self.nuncio.median > 0.0,
        }
    }
}

/// A case at one of its places, with what was measured so far.
#[derive(Debug)]
struct Bench {
    case: &'static Case,
    placement: Placement,
    processors: Vec<usize>,
    floor: Vec<Vec<f64>>,
    nuncio: Vec<Vec<f64>>,
    peer: Vec<Vec<f64>>,
}

/// Measures every case that `plan` asks for.
pub(crate) fn run(plan: &Plan<'_>) -> Result<Vec<Row>> {
    let mut benches = benches(plan, &allowed_cpus()?);
    if benches.is_empty() {
        return Err(format!("no case has one of {:?} in its name", plan.filters).into());
    }
    for round in 0..plan.rounds {
        eprintln!("round {} of {}", round + 1, plan.rounds);
        for bench in benches.iter_mut().filter(|bench| round == 0 || !bench.case.kind.is_exact()) {
            bench.measure(plan, round)?;
        }
    }
    Ok(benches.iter().flat_map(Bench::rows).collect())
}

fn benches(plan: &Plan<'_>, allowed: &[usize]) -> Vec<Bench> {
    let wanted = |case: &&Case| plan.filters.is_empty() || plan.filters.iter().any(|part| case.name.contains(part));
    let mut benches = Vec::new();
    for case in case::all().filter(wanted) {
        for &placement in case.placements {
            match placement.processors(allowed) {
                Some(processors) => benches.push(Bench::new(case, placement, processors)),
                None => eprintln!("{} on {}: left out, there is only one", case.name, placement.name()),
            }
        }
    }
    benches
}

impl Bench {
    const fn new(case: &'static Case, placement: Placement, processors: Vec<usize>) -> Self {
        Self { case, placement, processors, floor: Vec::new(), nuncio: Vec::new(), peer: Vec::new() }
    }

    fn measure(&mut self, plan: &Plan<'_>, round: u32) -> Result {
        // Whoever comes second finds warm caches: they take turns.
        let mut sides = [Side::Floor, Side::Nuncio, Side::Peer];
        let first = round as usize % sides.len();
        sides.rotate_left(first);
        for side in sides {
            let program = match side {
                Side::Floor => self.case.floor,
                Side::Nuncio => Some(self.case.nuncio),
                Side::Peer => self.case.peer,
            };
            let Some(program) = program else { continue };
            let figures = self.measure_once(plan, side, program)?;
            match side {
                Side::Floor => self.floor.push(figures),
                Side::Nuncio => self.nuncio.push(figures),
                Side::Peer => self.peer.push(figures),
            }
        }
        Ok(())
    }

    /// The figures of one run of `program`.
    fn measure_once(&self, plan: &Plan<'_>, side: Side, program: Program) -> Result<Vec<f64>> {
        let room = Room::new()?;
        let assignment = |part| Assignment {
            case: self.case.name.to_owned(),
            side,
            part,
            directory: room.directory().to_owned(),
            messages: (plan.messages / self.case.share).max(1),
            processors: self.processors.clone(),
        };
        let mut timed = Child::start(&assignment(Part::Timed))?;
        if self.case.kind == Kind::Switches {
            return watch(timed, &room, plan.idle);
        }
        let mut partner = program.partner.map(|_| Child::start(&assignment(Part::Partner))).transpose()?;
        timed.begin()?;
        if let Some(partner) = &mut partner {
            partner.begin()?;
        }
        let figures = timed.figures()?;
        partner.map(Child::figures).transpose()?;
        Ok(figures)
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        let figures = self.case.kind.figures().iter().enumerate();
        let rows = figures.filter_map(|(index, figure)| self.row(figure, index, &self.floor, self.aim(index)));
        rows.chain(self.row_of_peer())
    }

    /// The aim is for the first figure in the first placement; the others are reported.
    fn aim(&self, index: usize) -> Aim {
        let is_first = index == 0 && self.case.placements.first() == Some(&self.placement);
        if is_first { self.case.aim } else { Aim::Reported }
    }

    /// nuncio beside its peer, where there is one.
    fn row_of_peer(&self) -> Option<Row> {
        self.case.peer?;
        self.row(self.case.peer_name, 0, &self.peer, self.case.by_peer)
    }

    /// The figure `index` beside that of `others`.
    fn row(&self, figure: &'static str, index: usize, others: &[Vec<f64>], aim: Aim) -> Option<Row> {
        let column = |samples: &[Vec<f64>]| -> Vec<f64> {
            samples.iter().filter_map(|figures| figures.get(index).copied()).collect()
        };
        let (others, nuncio) = (column(others), column(&self.nuncio));
        let ratios = nuncio.iter().zip(&others).map(|(nuncio, other)| nuncio / other).collect();
        Some(Row {
            case: self.case.name,
            figure,
            kind: self.case.kind,
            placement: self.placement,
            floor: Spread::of(others),
            nuncio: Spread::of(nuncio)?,
            ratio: Spread::of(ratios),
            aim,
        })
    }
}

/// Counts the context switches of a child that waits, for as long as `idle`; then lets it receive.
fn watch(mut child: Child, room: &Room, idle: Duration) -> Result<Vec<f64>> {
    child.begin()?;
    thread::sleep(SETTLING);
    let before = context_switches(child.pid())?;
    thread::sleep(idle);
    let after = context_switches(child.pid())?;
    room.registry().existing(THERE)?.raw().send(b"wake up")?;
    child.figures()?;
    let total = |switches: ContextSwitches| (switches.voluntary + switches.involuntary) as f64;
    Ok(vec![total(after) - total(before)])
}

/// What must be reached as one number, or none.
fn aim_as_number<S: Serializer>(aim: &Aim, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match aim {
        Aim::AtLeast(number) | Aim::AtMost(number) | Aim::PerSecond(number) => serializer.serialize_some(number),
        Aim::Reported => serializer.serialize_none(),
        Aim::Zero => serializer.serialize_some(&0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(placement: Placement, floor: &[f64], nuncio: &[f64]) -> Row {
        let case = case::named("raw-100-two-processes").unwrap();
        let column = |figures: &[f64]| figures.iter().map(|figure| vec![*figure]).collect();
        let mut bench = Bench::new(case, placement, vec![0, 1]);
        (bench.floor, bench.nuncio) = (column(floor), column(nuncio));
        bench.rows().next().unwrap()
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let row = row(Placement::TwoCores, &[100.0, 200.0, 400.0], &[95.0, 190.0, 200.0]);
        assert_eq!(row.ratio.unwrap().median, 0.95);
        assert_eq!((row.floor.unwrap().median, row.nuncio.median), (200.0, 190.0));
    }

    #[test]
    fn an_aim_is_missed_below_it_and_only_in_the_first_placement() {
        assert!(!row(Placement::TwoCores, &[100.0], &[90.0]).missed());
        assert!(row(Placement::TwoCores, &[100.0], &[89.0]).missed());
        assert!(!row(Placement::OneCore, &[100.0], &[10.0]).missed());
    }
}
