//! The typed message: about 100 bytes of JSON.

use serde::{Deserialize, Serialize};

use crate::Result;

/// Five members, two of them strings.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    id: u64,
    customer: String,
    city: String,
    quantity: u32,
    paid: bool,
}

/// Every id has as many digits, so that every message has as many bytes.
const FIRST_ID: u64 = 1_000_000_000;

impl Record {
    /// The record number `index`.
    pub(crate) fn new(index: u64) -> Self {
        let (customer, city) = ("Margarethe Steinhauer".to_owned(), "Buxtehude".to_owned());
        Self { id: FIRST_ID + index, customer, city, quantity: 144, paid: true }
    }

    /// Makes it the next one.
    #[inline]
    pub(crate) const fn advance(&mut self) {
        self.id += 1;
    }

    /// Fails unless `received` is this one.
    #[inline]
    pub(crate) fn expect(&self, received: &Self) -> Result {
        match received.id == self.id && received.customer.len() == self.customer.len() {
            true => Ok(()),
            false => Err(format!("received {received:?} where {self:?} was sent").into()),
        }
    }
}
