//! Named places at which a test has this process killed, so that what a crash there leaves behind is known.

/// Kills the process with SIGKILL if the environment variable `NUNCIO_CRASH_AT` is `name`; nothing in ordinary builds.
#[cfg(feature = "crash-points")]
pub(crate) fn point(name: &str) {
    use std::sync::OnceLock;
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| std::env::var("NUNCIO_CRASH_AT").ok());
    if wanted.as_deref() == Some(name) {
        let killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        unreachable!("a process can kill itself: {killed:?}");
    }
}

#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn point(_: &str) {}

/// Writes `bytes` to `file`; at the point `name` only the first half of them.
pub(crate) fn write_all(file: &mut impl std::io::Write, bytes: &[u8], name: &str) -> std::io::Result<()> {
    if cfg!(feature = "crash-points") {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        file.write_all(first)?;
        point(name);
        return file.write_all(second);
    }
    file.write_all(bytes)
}
