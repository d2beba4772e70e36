//! What users would take instead of nuncio.

pub(crate) mod node;
