//! Which handler a request is for: the first pattern, in the order of registration, that fits its URI.

use std::fmt;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Result};
use regex::Regex;

use super::handler::AnyHandler;
use crate::histogram::Histogram;

/// What a URI must be for a route to be taken.
///
/// A text stands for exactly itself:
///
/// ```
/// use nuncio_rpc::Pattern;
///
/// assert!(Pattern::from("/status").fits("/status"));
/// assert!(Pattern::prefix("/files/").fits("/files/a.txt"));
/// assert!(Pattern::expression("^/user/[0-9]+$")?.fits("/user/7"));
/// # Ok::<(), nuncio_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Exact(String),
    Expression(Regex),
    Prefix(String),
}

impl Pattern {
    /// Exactly `uri`.
    pub fn exact(uri: impl Into<String>) -> Self {
        Self(Kind::Exact(uri.into()))
    }

    /// Whatever begins with `beginning`.
    pub fn prefix(beginning: impl Into<String>) -> Self {
        Self(Kind::Prefix(beginning.into()))
    }

    /// Whatever has a match of the regular `expression` in it; `^` and `$` anchor it. The time that it takes grows with the
    /// URI and not faster, whatever the expression is.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] if it is no regular expression.
    ///
    /// # Source
    /// The syntax is that of the crate `regex`: that of JavaScript without look-around and back-references.
    pub fn expression(expression: &str) -> Result<Self> {
        let compiled = Regex::new(expression)
            .map_err(|error| Error::new(ErrorKind::Misconfigured, "read the route").on(expression).caused_by(error))?;
        Ok(Self(Kind::Expression(compiled)))
    }

    /// Whether it fits `uri`.
    pub fn fits(&self, uri: &str) -> bool {
        match &self.0 {
            Kind::Exact(text) => text == uri,
            Kind::Expression(expression) => expression.is_match(uri),
            Kind::Prefix(beginning) => uri.starts_with(beginning.as_str()),
        }
    }
}

impl From<&str> for Pattern {
    fn from(uri: &str) -> Self {
        Self::exact(uri)
    }
}

impl From<String> for Pattern {
    fn from(uri: String) -> Self {
        Self::exact(uri)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Exact(text) => f.write_str(text),
            Kind::Expression(expression) => write!(f, "/{expression}/"),
            Kind::Prefix(beginning) => write!(f, "{beginning}*"),
        }
    }
}

/// A pattern, what handles it, and how long that took so far.
pub(crate) struct Route {
    pub(crate) name: String,
    /// `None` for what no other route fits.
    pattern: Option<Pattern>,
    pub(crate) handler: Box<dyn AnyHandler>,
    pub(crate) latency: Histogram,
}

impl Route {
    pub(crate) fn new(pattern: Pattern, handler: Box<dyn AnyHandler>) -> Self {
        Self { name: pattern.to_string(), pattern: Some(pattern), handler, latency: Histogram::default() }
    }

    /// The route of what no other fits.
    pub(crate) fn fallback(handler: Box<dyn AnyHandler>) -> Self {
        Self { name: "default".to_owned(), pattern: None, handler, latency: Histogram::default() }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({:?})", self.name)
    }
}

/// All routes of a server; the last is the one of what no other fits.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Arc<Route>>);

impl Routes {
    pub(crate) fn new(routes: Vec<Route>, fallback: Route) -> Self {
        Self(routes.into_iter().chain([fallback]).map(Arc::new).collect())
    }

    pub(crate) fn find(&self, uri: &str) -> &Arc<Route> {
        let fits = |route: &&Arc<Route>| route.pattern.as_ref().is_none_or(|pattern| pattern.fits(uri));
        self.0.iter().find(fits).expect("the last one fits everything")
    }

    /// How many there are beside the last.
    pub(crate) fn count(&self) -> usize {
        self.0.len() - 1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::handler::erase;
    use crate::{Absent, Data};

    fn route(pattern: Pattern) -> Route {
        Route::new(pattern, erase(async || Absent))
    }

    #[test]
    fn the_first_that_fits_is_taken() {
        let expression = Pattern::expression("^/a/[0-9]").expect("an expression");
        let routes = vec![route("/a".into()), route(Pattern::prefix("/a/b")), route(expression), route("/a/7".into())];
        let routes = Routes::new(routes, Route::fallback(erase(async || Data(()))));
        for (uri, name) in
            [("/a", "/a"), ("/a/b/c", "/a/b*"), ("/a/7", "/^/a/[0-9]/"), ("/a/", "default"), ("", "default")]
        {
            assert_eq!(routes.find(uri).name, name, "{uri}");
        }
        assert_eq!(routes.count(), 4);
    }

    #[test]
    fn an_expression_takes_linear_time() {
        let pattern = Pattern::expression("^(a+)+$").expect("an expression");
        assert!(!pattern.fits(&("a".repeat(100_000) + "!")));
        let error = Pattern::expression("(").expect_err("unclosed");
        assert_eq!(
            (error.kind(), error.to_string()),
            (ErrorKind::Misconfigured, r#"read the route "(": the configuration is wrong"#.to_owned())
        );
    }
}
