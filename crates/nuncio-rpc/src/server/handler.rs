//! Handlers: asynchronous functions of what they want of a request.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use nuncio_core::Result;

use super::answer::IntoAnswer;
use super::extract::{Extract, Incoming, States};
use super::fault::Fault;

/// A request in work: it has answered when it is done.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An asynchronous function of up to six arguments, each of which is taken out of the request ([`Extract`]), that gives an
/// answer ([`IntoAnswer`]).
///
/// What it is given does not borrow from the request; a `T` in [`Data<T>`](crate::Data) was read from where the record lay.
/// When the client goes the future is dropped. A panic is answered as an error, and the server lives on.
pub trait Handler<Arguments>: Send + Sync + 'static {
    /// Takes the arguments out of the request and begins; nothing if it has answered already.
    ///
    /// # Errors
    /// The answer when an argument is not there.
    #[doc(hidden)]
    fn begin(&self, request: &Incoming<'_>) -> Result<Option<Work>, Fault>;

    /// Looks, when the server starts, whether the arguments will be there.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) if not.
    #[doc(hidden)]
    fn check(&self, states: &States) -> Result<()>;
}

macro_rules! handlers {
    ($(($($argument:ident),*))*) => {$(
        impl<F, W, A, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> W + Send + Sync + 'static,
            W: Future<Output = A> + Send + 'static,
            A: IntoAnswer,
            $($argument: Extract,)*
        {
            fn begin(&self, request: &Incoming<'_>) -> Result<Option<Work>, Fault> {
                let work = self($($argument::extract(request)?),*);
                let replies = request.replies();
                Ok(Some(Box::pin(async move { work.await.answer(&replies) })))
            }

            fn check(&self, _states: &States) -> Result<()> {
                $($argument::check(_states)?;)*
                Ok(())
            }
        }
    )*};
}

handlers! { () (A1) (A1, A2) (A1, A2, A3) (A1, A2, A3, A4) (A1, A2, A3, A4, A5) (A1, A2, A3, A4, A5, A6) }

/// A handler whose arguments are forgotten.
pub(crate) trait AnyHandler: Send + Sync {
    fn begin(&self, request: &Incoming<'_>) -> Result<Option<Work>, Fault>;
    fn check(&self, states: &States) -> Result<()>;
}

struct Erased<H, Arguments>(H, PhantomData<fn(Arguments)>);

impl<H: Handler<Arguments>, Arguments: 'static> AnyHandler for Erased<H, Arguments> {
    fn begin(&self, request: &Incoming<'_>) -> Result<Option<Work>, Fault> {
        self.0.begin(request)
    }

    fn check(&self, states: &States) -> Result<()> {
        self.0.check(states)
    }
}

pub(crate) fn erase<Arguments: 'static>(handler: impl Handler<Arguments>) -> Box<dyn AnyHandler> {
    Box::new(Erased(handler, PhantomData))
}
