//! What this host is called: messages for one of these names are for its own queues.

use std::collections::HashSet;

/// Names that the user gives to this host, with colons between them, as in the original.
const EXTRA_NAMES_VARIABLE: &str = "TRANSIT_EXTRA_MES";

/// All names of this host, in lower case.
pub(crate) fn own_names() -> HashSet<String> {
    let extra = std::env::var(EXTRA_NAMES_VARIABLE).unwrap_or_default();
    let extra = extra.split(':').map(str::to_owned);
    let known = ["127.0.0.1".to_owned(), "localhost".to_owned()].into_iter();
    let host = nuncio_sys::host::name().ok();
    let all = known.chain(extra).chain(host).chain(nuncio_sys::host::fully_qualified_name());
    all.filter(|name| !name.is_empty()).map(|name| name.to_ascii_lowercase()).collect()
}
