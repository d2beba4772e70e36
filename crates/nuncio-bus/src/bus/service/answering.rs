//! A service that is a closure.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Context, Handled, Request, Service};

/// A service that does nothing but answer requests; see [`answering`].
pub struct Answering<F, T> {
    answer: F,
    request: PhantomData<fn(T)>,
}

/// A service that answers each request with what `answer` gives. A request that is no `T` is answered with an error.
pub fn answering<T, R, F>(answer: F) -> Answering<F, T>
where
    T: DeserializeOwned,
    R: Serialize,
    F: FnMut(T) -> Handled<R>,
{
    Answering { answer, request: PhantomData }
}

impl<T, R, F> Service for Answering<F, T>
where
    T: DeserializeOwned,
    R: Serialize,
    F: FnMut(T) -> Handled<R>,
{
    fn on_request(&mut self, _: &mut Context, request: Request) -> Handled {
        let answer = (self.answer)(request.value()?);
        match answer {
            Ok(answer) => Ok(request.respond(&answer)?),
            Err(error) => request.fail(error),
        }
    }
}

impl<F, T> std::fmt::Debug for Answering<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
