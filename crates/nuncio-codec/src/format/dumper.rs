//! Data::Dumper: the source text of Perl as which `Dumper` prints a value.
//!
//! Perl's readers evaluate such a text as code. This one reads the literals that Dumper prints, in all of its styles,
//! and refuses everything else: calls, operators, interpolation, functions, globs. It is written in Dumper's default
//! style, byte for byte as Perl would.
//!
//! A reference to what was printed before names it by its path from the variable (`$VAR1->{'a'}[0]`). When Perl
//! evaluates such a text the variable is not yet assigned, and the reference becomes nothing; here it becomes what it
//! stands for. Only where the text has such references, an [`Outline`](outline::Outline) is made of it.
//!
//! # Source
//! `Dumper.pm` and `Dumper.xs` of Data::Dumper 2.184, and `perlop`, "Quote and Quote-like Operators".

mod back_reference;
mod boolean;
mod document;
mod kept;
mod number;
mod outline;
mod plain;
mod quoted;
mod regexp;
mod statement;
mod text;
mod walk;
mod write;

use self::document::Document;
use self::kept::Strings;
use self::write::Lines;
use crate::DecodeLimits;
use crate::error::Failure;
use crate::perl::{Consume, Content};

pub(crate) fn encode<C: Content>(content: &C, out: &mut Vec<u8>) -> Result<(), Failure> {
    out.extend_from_slice(b"$VAR1 = ");
    content.write(Lines::new(out, b"$VAR1 = ".len()))?;
    out.extend_from_slice(b";\n");
    Ok(())
}

pub(crate) fn read<'de, C: Consume<'de>>(
    bytes: &'de [u8],
    limits: &DecodeLimits,
    consumer: C,
) -> Result<C::Out, Failure> {
    let strings = Strings::default();
    let mut document = Document::new(bytes, &strings, limits);
    document.begin(C::KNOWS_PLACES)?;
    let value = consumer.consume(&mut document)?;
    document.end()?;
    Ok(value)
}
