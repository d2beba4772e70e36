//! How long after it was called off a receive returns.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Cancel, Deadline, Wait};
use nuncio_queue::{ErrorKind, Message, Queue};
use nuncio_sys::process::pin_to_cpu;

use crate::Result;
use crate::room::THERE;
use crate::stage::Stage;

/// The receiver surely sleeps in the kernel so long after it has said that it is about to.
const FALLING_ASLEEP: Duration = Duration::from_micros(500);

/// From the call of [`Cancel::cancel`] in one thread to the end of the receive in another.
pub(crate) fn cancel_to_return(stage: &Stage) -> Result<Vec<f64>> {
    let (queue, cancel) = (stage.queue(THERE)?, Cancel::new());
    let (about_to_wait, waits) = mpsc::channel();
    let (called, cancelled_at) = mpsc::channel();
    thread::scope(|scope| {
        let (cancel, processor) = (&cancel, stage.partner_processor());
        let canceller = scope.spawn(move || -> Result {
            processor.map_or(Ok(()), pin_to_cpu)?;
            for () in waits {
                thread::sleep(FALLING_ASLEEP);
                let now = Instant::now();
                cancel.cancel();
                called.send(now)?;
            }
            Ok(())
        });
        let mut laps = stage.laps()?;
        while laps.runs() {
            about_to_wait.send(())?;
            let returned_at = receive_nothing(&queue, cancel)?;
            laps.add(returned_at - cancelled_at.recv()?);
            cancel.reset();
        }
        drop(about_to_wait);
        canceller.join().map_err(|_| "the thread that cancels has panicked")??;
        Ok(laps.percentiles())
    })
}

/// Receives until called off, and says when that was over.
fn receive_nothing(queue: &Queue, cancel: &Cancel) -> Result<Instant> {
    let wait = Wait { until: Deadline::Never, cancel: Some(cancel) };
    let received = queue.recv_message(&mut Message::new(), wait);
    let now = Instant::now();
    match received {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(now),
        Err(error) => Err(error.into()),
        Ok(_) => Err("a receive that was called off received something".into()),
    }
}
