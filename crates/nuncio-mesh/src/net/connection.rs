//! One connection, from the first greeting to its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::bulk::{self, First};
use super::core::Shared;
use super::dispatch::Dispatch;
use super::line::{BUFFER_BYTES_MAX, HandedOut, Incoming, Line};
use super::link::Link;
use super::listen;
use super::mailbox::Mailbox;
use super::opening::{self, Failure, Opened, Purpose, Role};
use super::stream::WriteHalf;
use crate::proto::framing::{Packet, Reader};
use crate::proto::greeting::Greeting;
use crate::proto::handshake::Established;
use crate::proto::kernel::{ConnectionId, Hello};
use crate::proto::liveness::{self, Liveness, Pulse};
use crate::proto::{Generation, Refusal};

/// After how many bytes of messages those who receive them have their turn, while they are in the processor's cache.
const HANDED_OUT_BYTES: usize = 16 << 10;
/// How long a connection is not read because a port behind it receives too slowly. Then the port has to pay for it, not the others.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sees to a new connection; back when it is over, or at once with an error if its handshake failed.
pub(super) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    purpose: Purpose,
    slot: Option<OwnedSemaphorePermit>,
) -> Result<(), Failure> {
    let connection = shared.with(|core, _| core.new_connection());
    let dialled = purpose.address().map(str::to_owned);
    let opened =
        tokio::time::timeout(shared.settings.handshake_timeout, opening::open(&shared, stream, connection, purpose))
            .await;
    drop(slot);
    match opened.unwrap_or(Err(Some(Refusal::TooSlow))) {
        Ok(opened) => match opened.role.clone() {
            Role::Bulk(first) => bulk::run(&shared, first, opened).await.map_err(Some),
            Role::Data(claim) => shared.has_come(&claim, opened),
            Role::Dialled => Ok(()),
            Role::Node => join(&shared, connection, opened, dialled).await,
        },
        Err(failure) => {
            if let Some(refusal) = &failure {
                tracing::warn!(%refusal, dialled, "a connection was refused");
                shared.refusals.send_replace(Some(refusal.clone()));
            }
            shared.with(|core, now| {
                core.handshakes.remove(&connection);
                core.kernel.closed(now, connection, "the handshake failed");
            });
            Err(failure)
        }
    }
}

/// A connection to another node, until it ends.
async fn join(
    shared: &Arc<Shared>,
    connection: ConnectionId,
    opened: Opened,
    dialled: Option<String>,
) -> Result<(), Failure> {
    let Opened { greeting, established, rest, stream, nonces, address, .. } = opened;
    let settings = &shared.settings;
    let has_second = greeting.key(bulk::ABILITY).is_some();
    let link = Link::new(
        established.sends,
        settings.outbox_high_water,
        settings.outbox_limit,
        has_second,
        Arc::clone(&shared.last_sent),
    );
    let link = Arc::new(link);
    let (reading, writing) = stream.split();
    let (arrived, large) = mpsc::channel(1);
    let node = established.node.clone();
    let first =
        First { connection, node: node.clone(), link: Arc::clone(&link), receives: established.receives, arrived };
    let is_dialled = dialled.is_some();
    let (generations, incarnation) = (established.generations.clone(), opening::incarnation(&greeting));
    let is_late = shared.with(|core, now| {
        if !core.is_stopped {
            core.links.insert(connection, Arc::clone(&link));
            if has_second && !is_dialled {
                core.firsts.insert(nonces[0].clone(), first.clone());
            }
            if is_dialled {
                core.dialled.insert(node.clone(), address);
            }
            core.kernel.connected(now, connection, Hello { node, generations, incarnation, dialled });
        }
        core.is_stopped
    });
    if is_late {
        return Err(None);
    }
    if has_second && is_dialled {
        listen::spawn(shared, bulk::dial(Arc::clone(shared), address, nonces[1].clone(), first.clone()));
    }
    let reader = Reader::new(established.receives, settings.limits.clone());
    let incoming = Incoming::new(reading, reader, rest, Dispatch::new(Arc::clone(shared), connection));
    let is_plain = incoming.is_plain();
    let line = Line::new(established.node.clone(), Arc::clone(&link), incoming);
    if is_plain {
        link.set_line(&line);
    }
    let reason = tokio::select! {
        reason = read(&line, large) => reason,
        reason = write(Arc::clone(&link), writing) => reason,
        reason = pulse(shared, &greeting, &established, &link) => reason,
        reason = stop_holding(settings.bulk_patience, &link) => reason,
    };
    link.close();
    line.close();
    drop(first);
    shared.with(|core, now| {
        core.links.remove(&connection);
        core.firsts.remove(&nonces[0]);
        if is_dialled {
            core.dialled.remove(&established.node);
        }
        core.kernel.closed(now, connection, &reason);
    });
    Ok(())
}

async fn write(link: Arc<Link>, mut stream: WriteHalf) -> String {
    let mut buffer = Vec::new();
    while link.take(&mut buffer).await {
        // Over TLS what is written is not on its way before it is flushed.
        let written = async {
            stream.write_all(&buffer).await?;
            stream.flush().await
        };
        if let Err(error) = written.await {
            return error.to_string();
        }
        // A buffer that was large once is not kept for ever.
        if buffer.capacity() > BUFFER_BYTES_MAX {
            buffer = Vec::new();
        }
    }
    "the connection was closed".to_owned()
}

/// Keeps large messages back for a second connection no longer than this.
async fn stop_holding(patience: Duration, link: &Link) -> String {
    tokio::time::sleep(patience).await;
    link.stop_holding();
    std::future::pending().await
}

/// Shows that this side is alive, where the other side wants to know, and notices where the other one is not any more.
async fn pulse(shared: &Shared, greeting: &Greeting, established: &Established, link: &Link) -> String {
    let settings = &shared.settings;
    let Some(promised) = liveness::promised(greeting.key(liveness::KEY)) else {
        keep_alive(shared, established, link).await;
        return "the connection was closed".to_owned();
    };
    let patience = settings.handshake_timeout;
    let mut liveness = Liveness::new(settings.heartbeat, promised, patience, shared.now().elapsed);
    loop {
        let (written, heard) = link.signs_of_life();
        match liveness.check(written, heard, shared.now().elapsed) {
            Pulse::Beat => link.put_keep_alive(),
            Pulse::Dead(silence) => return format!("nothing was heard for {:.1} s", silence.as_secs_f64()),
            Pulse::Wait(until) => tokio::time::sleep_until((shared.started() + until).into()).await,
        }
    }
}

/// Shows an original again and again that this side is alive, where it cannot dial this one: a node of the older
/// generation without listener.
async fn keep_alive(shared: &Shared, established: &Established, link: &Link) {
    if shared.settings.listens || !established.generations.contains(&Generation::One) {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(shared.settings.keep_alive).await;
        link.put_keep_alive();
    }
}

async fn read(line: &Line, mut large: mpsc::Receiver<Packet>) -> String {
    loop {
        let read = line.hand_out();
        if let Err(refusal) = settle(line, read).await {
            return line.refused(&refusal);
        }
        let read = loop {
            tokio::select! {
                biased;
                // The sender of this is held by whoever runs this.
                Some(packet) = large.recv(), if !line.is_ahead() => {
                    let taken = line.large(packet);
                    if let Err(refusal) = settle(line, taken).await {
                        return line.refused(&refusal);
                    }
                }
                read = line.read(), if !line.is_full() => break read,
            }
        };
        match read {
            Ok(0) => return "the other side has closed the connection".to_owned(),
            Ok(_) => {}
            // Over TLS, what was closed without a word of farewell.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return "the other side has closed the connection".to_owned();
            }
            Err(error) => return error.to_string(),
        }
    }
}

/// Lets those who receive have their turn, and one that is behind catch up.
async fn settle(line: &Line, handed_out: Result<HandedOut, Refusal>) -> Result<(), Refusal> {
    let HandedOut { bytes, behind } = handed_out?;
    if let Some(behind) = behind {
        wait_for(&behind, line.link()).await;
    }
    if bytes >= HANDED_OUT_BYTES {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Lets a port catch up, for as long as it does.
async fn wait_for(mailbox: &Mailbox, link: &Link) {
    while mailbox.is_behind() {
        // What the other side sends meanwhile is not read, but it may well be there.
        link.has_heard();
        if tokio::time::timeout(PATIENCE, mailbox.drained()).await.is_err() {
            mailbox.leave_behind();
        }
    }
}
