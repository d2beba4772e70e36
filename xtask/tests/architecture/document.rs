//! `ARCHITECTURE.md` as data: the table of crates, and the paragraphs that state an invariant.

use std::collections::{BTreeMap, BTreeSet};

/// The first line of the table that the document must hold.
const HEADER: [&str; 4] = ["crate", "is", "never", "depends on"];

/// What the document claims.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// For each crate of the table, the crates that its row says it depends on.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<String>>,
    /// For each crate with a heading of its own, whether the text below states an invariant.
    pub(crate) invariants: BTreeMap<String, bool>,
}

impl Document {
    /// Reads the document's text.
    ///
    /// # Errors
    /// The table is absent, or a row of it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { dependencies: table(text)?, invariants: invariants(text) })
    }
}

fn table(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut lines = text.lines().skip_while(|line| cells(line) != HEADER);
    lines.next().ok_or_else(|| format!("no table with the header | {} |", HEADER.join(" | ")))?;
    let mut table = BTreeMap::new();
    // The line below the header draws the rule.
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let (name, dependencies) = row(line).map_err(|reason| format!("{reason} in the row {line}"))?;
        if table.insert(name, dependencies).is_some() {
            return Err(format!("a second row for the same crate: {line}"));
        }
    }
    Ok(table)
}

fn row(line: &str) -> Result<(String, BTreeSet<String>), String> {
    let cells = cells(line);
    let [name, _, _, dependencies] = cells.as_slice() else {
        return Err(format!("{} cells instead of {}", cells.len(), HEADER.len()));
    };
    let dependencies = match *dependencies {
        "nothing" => BTreeSet::new(),
        list => list.split(',').map(|item| code(item.trim())).collect::<Result<_, _>>()?,
    };
    Ok((code(name)?, dependencies))
}

/// The cells of a table's line; none for any other line.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inner.map(|inner| inner.split('|').map(str::trim).collect()).unwrap_or_default()
}

/// The word between backticks.
fn code(text: &str) -> Result<String, String> {
    let word = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    word.map(str::to_owned).ok_or_else(|| format!("expected a crate in backticks instead of `{text}`"))
}

/// Reads the headings of the form "### `crate`" and the text of each up to the next heading.
fn invariants(text: &str) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if line.starts_with('#') {
            current = line.strip_prefix("### ").and_then(|title| code(title.trim()).ok());
            found.extend(current.clone().map(|name| (name, false)));
        } else if let Some(name) = &current
            && line.contains("**Invariant:**")
        {
            found.insert(name.clone(), true);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "\
# Architecture

| what | why |
|---|---|
| other | table |

| crate | is | never | depends on |
|---|---|---|---|
| `low` | value <-> bytes | does I/O | nothing |
| `high` | all of it | knows a wire | `low`, `middle` |

Text.

### `low`
It codes.

**Invariant:** no I/O.

### `high`
No promise.

## Invariants
**Invariant:** of nobody.
";

    #[test]
    fn reads_the_table_and_the_invariants() {
        let document = Document::parse(EXAMPLE).unwrap();
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let dependencies = [("low".to_owned(), set(&[])), ("high".to_owned(), set(&["low", "middle"]))];
        assert_eq!(document.dependencies, BTreeMap::from(dependencies));
        assert_eq!(document.invariants, BTreeMap::from([("low".to_owned(), true), ("high".to_owned(), false)]));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let error = |row: &str| Document::parse(&EXAMPLE.replace("| `low` |", row)).unwrap_err();
        assert!(error("| low |").contains("expected a crate in backticks instead of `low` in the row | low |"));
        assert!(error("| `low` | extra |").contains("5 cells instead of 4"));
        assert!(error("| `high` |").contains("a second row for the same crate"));
    }

    #[test]
    fn a_document_without_the_table_is_refused() {
        assert_eq!(
            Document::parse("# Empty\n").unwrap_err(),
            "no table with the header | crate | is | never | depends on |"
        );
    }
}
