//! serde_json, into the very same type from the equivalent JSON.

use std::hint::black_box;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::document::ForDocument;
use crate::stage::Stage;

/// Decodes a document into the struct that it was written from.
pub(crate) fn decode_struct(stage: &Stage) -> Result<Vec<f64>> {
    struct Decode<'a>(&'a Stage);
    impl ForDocument for Decode<'_> {
        type Out = Vec<f64>;

        fn of<T: Serialize + DeserializeOwned>(self, document: &T) -> Result<Vec<f64>> {
            let bytes = serde_json::to_vec(document)?;
            let mut meter = self.0.meter()?;
            while meter.runs() {
                black_box(serde_json::from_slice::<T>(black_box(&bytes))?);
                meter.count(1);
            }
            Ok(meter.rate())
        }
    }
    let (_, document) = stage.document()?;
    document.with(Decode(stage))
}
