//! Typed views that can be compared.

use std::collections::HashMap;

use nuncio_codec::Codec;
use nuncio_codec::perl::Decoder;
use serde_json::{Value as Json, json};

/// The typed view that nuncio has of a document, or why it refuses it.
pub(crate) fn typed(codec: Codec, bytes: &[u8]) -> Result<Json, String> {
    match Decoder::new(codec).decode_typed(bytes) {
        Ok(typed) => Ok(serde_json::to_value(typed).expect("a tree")),
        Err(error) => Err(match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }),
    }
}

/// A recorded view as nuncio shows it: JSON's booleans are booleans, not the objects that Perl has for them, and that two
/// are the same says nothing.
pub(crate) fn normalized(view: Json) -> Json {
    let mut truths = HashMap::new();
    with_booleans(view, &mut truths)
}

/// The view with booleans, of which `truths` has those with a number.
fn with_booleans(mut view: Json, truths: &mut HashMap<u64, bool>) -> Json {
    let truth = match (view["blessed"].as_str(), view["scalarref"]["int"].as_str()) {
        (Some("JSON::PP::Boolean"), Some(number)) => Some(number != "0"),
        _ => view["same"].as_u64().and_then(|id| truths.get(&id).copied()),
    };
    if let Some(truth) = truth {
        truths.extend(view["id"].as_u64().map(|id| (id, truth)));
        return json!({ "bool": truth });
    }
    match &mut view {
        Json::Array(elements) => {
            elements.iter_mut().for_each(|element| *element = with_booleans(element.take(), truths));
        }
        Json::Object(members) => {
            members.values_mut().for_each(|member| *member = with_booleans(member.take(), truths));
        }
        _ => {}
    }
    view
}
