//! A queue file: two lines that bind a name to the key of a kernel queue.
//!
//! `qid=<decimal key>` and `qname=<name>`, in any order; unknown lines are ignored (wire/transit.md 1.2).

use std::io::{Read, Write};

use nuncio_core::{Error, ErrorKind, QueueName, Result};
use nuncio_sys::files::Directory;

/// A queue file holds two short lines; whatever is longer is none.
const FILE_BYTES_MAX: u64 = 4096;

/// A name and its key, as a queue file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: QueueName,
    pub(crate) key: i32,
}

impl Entry {
    /// Reads the queue file `file`; `None` if it is gone.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is no queue file, or only half of one.
    pub(crate) fn read(directory: &Directory, file: &str) -> Result<Option<Self>> {
        let path = directory.path().join(file);
        let failed = |kind, reason| Error::new(kind, "read the queue file").on(path.as_path()).because(reason);
        let opened = match directory.open_regular(file.as_ref()) {
            Ok((opened, _)) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read the queue file", error).on(path.as_path())),
        };
        let mut text = String::new();
        opened
            .take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| failed(ErrorKind::Corrupt, "it is no text".into()).caused_by(error))?;
        parse(&text).map(Some).map_err(|reason| failed(ErrorKind::Corrupt, reason))
    }

    /// Writes the two lines.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write(&self, mut file: &std::fs::File) -> std::io::Result<()> {
        // One write and one sync: a queue file that a power cut has emptied stops every reader of the original.
        file.write_all(format!("qid={}\nqname={}\n", self.key, self.name).as_bytes())?;
        file.sync_data()
    }
}

fn parse(text: &str) -> Result<Entry, String> {
    let (mut key, mut name) = (None, None);
    for line in text.lines() {
        let mut fields = line.split('=');
        match (fields.next(), fields.next()) {
            (Some("qid"), Some(value)) => key = Some(value),
            (Some("qname"), Some(value)) => name = Some(value),
            _ => {}
        }
    }
    let (Some(key), Some(name)) = (key.filter(|key| !key.is_empty()), name.filter(|name| !name.is_empty())) else {
        return Err("it is only half written: it needs a line `qid=` and a line `qname=`".to_owned());
    };
    let key = key.parse().ok().filter(|key| *key != 0).ok_or_else(|| format!("its qid {key:?} is no key"))?;
    let name = QueueName::new(name).map_err(|error| error.to_string())?;
    Ok(Entry { name, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> QueueName {
        QueueName::new(text).expect("valid")
    }

    #[test]
    fn two_lines_in_any_order_make_an_entry() {
        let entry = Entry { name: name("jobs"), key: 16_836_694 };
        assert_eq!(parse("qid=16836694\nqname=jobs\n"), Ok(entry.clone()));
        assert_eq!(parse("note=x\nqname=jobs=old\nqid=16836694=1"), Ok(entry));
    }

    #[test]
    fn half_a_file_is_none() {
        for bad in
            ["", "qid=1\n", "qname=x\n", "qid=\nqname=x\n", "qid=0\nqname=x\n", "qid=x\nqname=x\n", "qid=1\nqname=0\n"]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
