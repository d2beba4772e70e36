//! Medians and quartiles: what the rounds came to.

use serde::Serialize;

/// The middle of some samples, and where the middle half of them lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Spread {
    /// Of `samples`, in any order; none of none.
    pub(crate) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let at = |part| at(&samples, part);
        (!samples.is_empty()).then(|| Self { lower: at(0.25), median: at(0.50), upper: at(0.75) })
    }
}

/// The value below which `part` of the `sorted` samples lie, between two of them in proportion; not a number for none.
pub(crate) fn at(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = part * last as f64;
    let (below, above) = (position.floor(), position.ceil());
    let (low, high) = (sorted[below as usize], sorted[above as usize]);
    low + (high - low) * (position - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_samples_in_proportion() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!(spread, Some(Spread { lower: 1.75, median: 2.5, upper: 3.25 }));
        assert_eq!(Spread::of(vec![7.0]), Some(Spread { lower: 7.0, median: 7.0, upper: 7.0 }));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
