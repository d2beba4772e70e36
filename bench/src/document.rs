//! The documents that codecs are measured on, each as a type of its own.

use nuncio_codec::{Codec, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::nuncio::record::Record;

/// What is encoded and decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// A message of 100 bytes in JSON.
    Small,
    /// A record of 1 KB.
    Record,
    /// 100 KB of records in records.
    Nested,
    /// 10,000 short strings.
    Strings,
}

/// Work on a document that has to know its type.
pub(crate) trait ForDocument {
    type Out;

    fn of<T: Serialize + DeserializeOwned>(self, document: &T) -> Result<Self::Out>;
}

impl Document {
    /// Does the work with the document itself.
    pub(crate) fn with<W: ForDocument>(self, work: W) -> Result<W::Out> {
        match self {
            Self::Small => work.of(&Record::new(0)),
            Self::Record => work.of(&Order::new(0)),
            Self::Nested => work.of(&Folder::of_orders(3, 4)),
            Self::Strings => work.of(&(0..10_000).map(|index| format!("short string {index}")).collect::<Vec<_>>()),
        }
    }

    /// The document in the format of `codec`.
    pub(crate) fn encoded(self, codec: Codec) -> Result<Vec<u8>> {
        struct Encoded(Codec);
        impl ForDocument for Encoded {
            type Out = Vec<u8>;

            fn of<T: Serialize + DeserializeOwned>(self, document: &T) -> Result<Vec<u8>> {
                let mut bytes = Vec::new();
                self.0.encode(document, &mut bytes)?;
                Ok(bytes)
            }
        }
        self.with(Encoded(codec))
    }
}

/// A record of some 1 KB: numbers, texts, a list and a map.
#[derive(Debug, Deserialize, Serialize)]
struct Order {
    id: u64,
    customer: String,
    company: Option<String>,
    street: String,
    city: String,
    postcode: String,
    country: String,
    email: String,
    placed_at: u64,
    paid: bool,
    shipped: bool,
    weight: f64,
    discount: f64,
    note: String,
    tags: Vec<String>,
    lines: Vec<Line>,
    address: Address,
}

#[derive(Debug, Deserialize, Serialize)]
struct Line {
    article: String,
    name: String,
    quantity: u32,
    price_cents: i64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Address {
    latitude: f64,
    longitude: f64,
    floor: i32,
    verified: bool,
}

impl Order {
    fn new(index: u64) -> Self {
        let line = |number: u64| Line {
            article: format!("AB-{}", 10_000 + index + number),
            name: "Schraube, verzinkt, M6 x 40".to_owned(),
            quantity: 100,
            price_cents: 1_299,
        };
        Self {
            id: 1_000_000 + index,
            customer: "Margarethe Steinhauer".to_owned(),
            company: None,
            street: "Lange Strasse 17".to_owned(),
            city: "Buxtehude".to_owned(),
            postcode: "21614".to_owned(),
            country: "Deutschland".to_owned(),
            email: "margarethe.steinhauer@example.org".to_owned(),
            placed_at: 1_700_000_000 + index,
            paid: true,
            shipped: false,
            weight: 12.75,
            discount: 0.1,
            note: "Please leave the parcel with the neighbours on the ground floor, they are at home until six."
                .to_owned(),
            tags: ["express", "fragile", "gift"].map(str::to_owned).to_vec(),
            lines: (0..6).map(line).collect(),
            address: Address { latitude: 53.476_93, longitude: 9.691_33, floor: 3, verified: true },
        }
    }
}

/// Orders in folders in folders.
#[derive(Debug, Deserialize, Serialize)]
struct Folder {
    name: String,
    orders: Vec<Order>,
    folders: Vec<Self>,
}

impl Folder {
    /// A folder of so many `levels`, each with so many folders.
    fn of_orders(levels: u64, width: u64) -> Self {
        let inner = || Self::of_orders(levels - 1, width);
        let folders = if levels == 0 { Vec::new() } else { (0..width).map(|_| inner()).collect() };
        Self { name: format!("level {levels}"), orders: vec![Order::new(levels)], folders }
    }
}

/// A list of `orders` orders.
pub(crate) fn of_size(orders: usize) -> Result<Value> {
    let orders: Vec<Order> = (0..orders as u64).map(Order::new).collect();
    Ok(nuncio_codec::to_value(&orders)?)
}

/// A document of so many maps in one another, with a little beside each.
pub(crate) fn of_depth(levels: usize) -> Value {
    let level = |inner| Value::from_iter([("text", Value::from("some text")), ("inner", inner), ("number", 7.into())]);
    (0..levels).fold(Value::Null, |inner, _| level(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_the_sizes_that_they_are_named_by() {
        let size = |document: Document| document.encoded(Codec::Json).unwrap().len();
        assert!((90..120).contains(&size(Document::Small)), "{}", size(Document::Small));
        assert!((900..1200).contains(&size(Document::Record)), "{}", size(Document::Record));
        assert!((90_000..120_000).contains(&size(Document::Nested)), "{}", size(Document::Nested));
        assert!((190_000..220_000).contains(&size(Document::Strings)), "{}", size(Document::Strings));
    }
}
